// The server's console API: its types, and `call`.
//
// Numbers of items are strings in typed JSON, and plain JSON travels as text, so that nothing
// here can round a number. Never parse `text`, `raw` or `plain` to show it again.

/** Who signed in. */
export interface Caller {
  account: string;
  arn: string;
  name: string;
  isRoot: boolean;
  region?: string;
}

export interface Session {
  /** None where nobody is signed in. */
  csrf: string | null;
  /** No signatures are checked: nobody needs to sign in, and an account can be chosen. */
  isOpen: boolean;
  caller: Caller | null;
  version: string;
  /** Whether connections to other servers are allowed here. */
  mayConnect: boolean;
  sample: boolean;
}

export type Credentials =
  | { kind: "keys"; accessKeyId: string; hasSessionToken: boolean }
  | { kind: "profile"; profile: string }
  | { kind: "caller" };

export interface Connection {
  id: string;
  name: string;
  kind: "local" | "remote";
  endpoint: string | null;
  region: string;
  credentials: Credentials;
  roleArn: string | null;
  externalId: string | null;
  isReadOnly: boolean;
  asksBeforeWriting: boolean;
  version: number;
}

/** A connection as it is saved. An absent secret keeps the stored one. */
export interface ConnectionDraft {
  id?: string;
  version?: number;
  name: string;
  /** `aws`, or a URL. */
  endpoint: string;
  region: string;
  credentials:
    | { kind: "keys"; accessKeyId: string; secretAccessKey?: string; sessionToken?: string }
    | { kind: "profile"; profile: string }
    | { kind: "caller" };
  roleArn?: string;
  externalId?: string;
  isReadOnly: boolean;
  asksBeforeWriting: boolean;
}

export interface Diagnosis {
  isOk: boolean;
  summary: string;
  cause: string | null;
  fix: string | null;
  steps: { name: string; state: "passed" | "failed" | "skipped"; text: string }[];
}

/** Where a request goes. `account` only for the local connection of an open server. */
export interface Place {
  connection: string;
  region?: string;
  account?: string;
}

export type Mode = "auto" | "typed" | "plain";

export interface Position {
  line: number;
  column: number;
  length: number;
}

export interface Problem {
  severity: "error" | "warning" | "info";
  code: string;
  message: string;
  position?: Position | null;
  path?: string | null;
}

/** A lossless repair that was applied. */
export interface Note {
  code: string;
  message: string;
  path?: string | null;
}

/** A repair that changes the meaning, so it is only offered. Earlier steps run first. */
export interface Fix {
  id: string;
  title: string;
  explanation: string;
  isRecommended: boolean;
  steps: { command: string; text: string }[];
}

export interface Sent {
  method: string;
  url: string;
  headers: [string, string][];
  body: string;
}

export interface Explain {
  summary: string;
  lines: string[];
  readUnits?: { low: number; high: number } | null;
  writeUnits?: { low: number; high: number } | number | null;
}

export interface Prepared {
  problems: Problem[];
  notes: Note[];
  fixes: Fix[];
  writes: boolean;
  explain: Explain | null;
  sent: Sent | null;
  parameters: string[];
}

export interface Refused {
  status: number;
  exception: string;
  message: string;
  members: { path: string; position?: Position | null }[];
  cancellations: {
    index: number;
    entry: string;
    position?: Position | null;
    code: string;
    message: string;
    item: unknown;
  }[];
  advice: string | null;
}

export interface Ran {
  prepared: Prepared;
  outcome: "success" | "refused" | "failed" | "invalid" | "confirm" | "locked";
  elapsedMs: number;
  requestId: string | null;
  page: { nextToken: string } | null;
  success: { raw: string; plain: string } | null;
  refusal: Refused | null;
  failure: { cause: string; message: string } | null;
}

export interface QueryBody {
  place: Place;
  command: string;
  text: string;
  mode: Mode;
  /** Values by name, each as JSON text, so that numbers keep their digits. */
  parameters?: Record<string, string>;
}

export interface SavedQuery {
  id: string;
  version: number;
  name: string;
  connection: string;
  region: string | null;
  command: string;
  text: string;
  mode: Mode;
  /** `default` is JSON text. */
  parameters: { name: string; default: string | null; description?: string | null }[];
  runOnLoad: boolean;
  asksBeforeRunning: boolean;
  timeoutMs: number;
  endpoint: { path: string; createdMs: number; actsAs: string } | null;
}

export type SavedQueryDraft = Omit<SavedQuery, "id" | "version" | "endpoint"> & { id?: string; version?: number };

export type Language = "aws-cli" | "curl" | "python" | "javascript" | "rust";
export type ItemFormat = "csv" | "jsonl" | "dynamodb-json";

/** Where a text stands in its file. */
export interface FilePart {
  /** The first line of the CSV whose later part it is: as the reply for the part before gave it. */
  header: string | null;
  isLast: boolean;
}

/** What a text of items holds. */
export interface ItemsRead {
  /** A list of typed items. */
  items: string;
  /** Their lines are counted from 1 in this text. */
  problems: LineProblem[];
  /** How many bytes of the text were read: what is left belongs to the next part. */
  taken: number;
  /** How many lines end in these bytes. */
  lines: number;
  header: string | null;
}

/** A line of a file that is no item. */
export interface LineProblem {
  line: number;
  message: string;
}

/** A reply of `Send`: of the service, whichever it was. */
export type SendReply =
  | { status: number; reply: Record<string, unknown>; exception?: undefined; message?: undefined }
  | { status: number; reply: Record<string, unknown>; exception: string; message: string };

/** Every call: what goes in, and what comes back. */
export interface Calls {
  Session: [object, Session];
  Login: [{ accessKeyId: string; secretAccessKey: string; sessionToken?: string }, Session];
  Logout: [object, object];
  ListConnections: [object, { connections: Connection[] }];
  SaveConnection: [ConnectionDraft, { connection: Connection }];
  DeleteConnection: [{ id: string }, object];
  TestConnection: [{ id: string } | ConnectionDraft, Diagnosis];
  ListProfiles: [object, { profiles: { name: string; region: string | null }[] }];
  Prepare: [QueryBody, Prepared];
  Run: [QueryBody & { timeoutMs?: number; isConfirmed?: boolean }, Ran];
  Send: [{ place: Place; command: string; request: object; isConfirmed?: boolean }, SendReply];
  MakeCode: [QueryBody & { language: Language }, { code: string }];
  Template: [{ place: Place; command: string; table?: string }, { text: string }];
  FormatItems: [{ items: string; format: ItemFormat; part: FilePart }, { text: string; header: string | null }];
  ParseItems: [{ text: string; format: ItemFormat; place: Place; table: string; part: FilePart }, ItemsRead];
  /** Creates a table at one place with the definition of another's; says what was not taken over. */
  CreateLike: [{ place: Place; table: string; to: Place; name: string; isConfirmed: boolean }, { notTaken: string[] }];
  ListQueries: [object, { queries: SavedQuery[] }];
  SaveQuery: [SavedQueryDraft, { query: SavedQuery }];
  DeleteQuery: [{ id: string }, object];
  CreateEndpoint: [{ id: string }, { query: SavedQuery; token: string }];
  DeleteEndpoint: [{ id: string }, { query: SavedQuery }];
  Admin: [{ command: string; body: object }, Record<string, unknown>];
  Metrics: [object, { text: string }];
  Insights: [{ query: string }, unknown];
}

export const base = "/_pixii/console";

/** Why a call failed. `code` is the API's: `NotSignedIn`, `Denied`, `Confirm`, …; `Unreachable` where there was no answer. */
export class ApiError extends Error {
  override name = "ApiError";
  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** The service refused what `Send` sent. */
export class Refusal extends Error {
  override name = "Refusal";
  constructor(
    readonly exception: string,
    message: string,
    readonly status: number,
    readonly reply: Record<string, unknown>,
  ) {
    super(message);
  }
}

/** The page's: of one person as long as the page lives, so that nothing is asked in the name of another. */
let session: Session | null = null;
let renewing: Promise<Session> | null = null;
let onSignedOut: () => void = () => undefined;

/** What to do when a call finds that nobody is signed in any more. */
export function whenSignedOut(action: () => void): void {
  onSignedOut = action;
}

/**
 * Asks the server. Throws `ApiError`; an aborted call throws the signal's `AbortError`.
 *
 * The session may have become another one: the server was started again, or another tab got one at the same
 * time. As long as it is the same person's, the call, of which nothing was done, is made again in its name.
 */
export async function call<N extends keyof Calls>(
  name: N,
  body: Calls[N][0],
  signal?: AbortSignal,
): Promise<Calls[N][1]> {
  try {
    return await callOnce(name, body, signal);
  } catch (error) {
    const isOver = error instanceof ApiError && (error.code === "NotSignedIn" || error.code === "Csrf");
    if (!isOver || name === "Session" || name === "Login") throw error;
    renewing ??= callOnce("Session", {}).finally(() => (renewing = null));
    const now = await renewing;
    if (now.caller !== null && !isOfAnother(now)) return callOnce(name, body, signal);
    onSignedOut();
    throw error;
  }
}

/** Whether a session is of somebody else than the one for whom this page was loaded. */
export function isOfAnother({ caller }: Session): boolean {
  const mine = session?.caller ?? null;
  return caller !== null && mine !== null && caller.arn !== mine.arn;
}

async function callOnce<N extends keyof Calls>(name: N, body: Calls[N][0], signal?: AbortSignal): Promise<Calls[N][1]> {
  let response: Response;
  try {
    response = await fetch(`${base}/api/${name}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(session?.csrf && { "x-pixii-csrf": session.csrf }) },
      body: written(body),
      credentials: "same-origin",
      ...(signal && { signal }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError("Unreachable", "Pixii does not answer. Is the server still running?", 0);
  }
  const reply = (await response.json().catch(() => null)) as unknown;
  if (response.ok && reply === null) {
    signal?.throwIfAborted();
    throw new ApiError("Unreachable", "Pixii's answer broke off.", 0);
  }
  if (!response.ok) {
    const { code, message } = fault(reply, response.status);
    throw new ApiError(code, message, response.status);
  }
  if (name === "Session" || name === "Login") keep(reply as Session);
  return reply;
}

/** Takes a session for this page's; not nobody's or another's after somebody's. */
function keep(answer: Session): void {
  if (session === null || (answer.caller !== null && !isOfAnother(answer))) session = answer;
}

/** The body as JSON. A query's parameters are JSON already, which parsing would round. */
function written(body: object): string {
  const { parameters, ...rest } = body as { parameters?: unknown };
  if (parameters === undefined || Array.isArray(parameters)) return JSON.stringify(body);
  const values = Object.entries(parameters as Record<string, string>).map(
    ([name, text]) => `${JSON.stringify(name)}:${text}`,
  );
  return `{"parameters":{${values.join()}},${JSON.stringify(rest).slice(1)}`;
}

function fault(reply: unknown, status: number): { code: string; message: string } {
  const { error } = (reply ?? {}) as { error?: { code?: string; message?: string } };
  return { code: error?.code ?? "Unknown", message: error?.message ?? `The server answered with status ${status}.` };
}

/**
 * Sends one request as it is, and gives the reply. Throws `Refusal` where the service refuses, `ApiError`
 * with code `Confirm` or `Locked` where the connection asks before writing or is read-only: in
 * components use `useSend`, which asks.
 */
export async function send(
  place: Place,
  command: string,
  request: object,
  options: { isConfirmed?: boolean; signal?: AbortSignal } = {},
): Promise<Record<string, unknown>> {
  const { isConfirmed, signal } = options;
  const answer = await call("Send", { place, command, request, ...(isConfirmed && { isConfirmed }) }, signal);
  if (answer.exception !== undefined) throw new Refusal(answer.exception, answer.message, answer.status, answer.reply);
  return answer.reply;
}

/** Whether it is the end of a call that was aborted: nothing to report. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** What to tell of any error that was thrown. */
export function describe(error: unknown): { title: string; message: string } {
  if (error instanceof Refusal) return { title: error.exception, message: error.message };
  if (error instanceof ApiError) return { title: titles[error.code] ?? error.code, message: error.message };
  return { title: "Something went wrong", message: error instanceof Error ? error.message : String(error) };
}

const titles: Partial<Record<string, string>> = {
  Unreachable: "No answer",
  Denied: "Not allowed",
  NotFound: "Not found",
  Changed: "Changed in the meantime",
  Locked: "Read-only connection",
  LoginFailed: "Sign-in failed",
  NotSignedIn: "Signed out",
  Unknown: "Unexpected answer",
};
