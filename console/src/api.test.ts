import { beforeEach, expect, test, vi } from "vitest";

const ada = { account: "1", arn: "arn:ada", name: "ada", isRoot: false };
const bob = { ...ada, arn: "arn:bob", name: "bob" };

/** Who the browser's cookie stands for; `csrf` goes with it. */
let caller: typeof ada | null;
let csrf: string | null;
/** What was done, and in whose name. */
let done: string[];

beforeEach(() => {
  vi.resetModules();
  [caller, csrf, done] = [ada, "1", []];
  vi.stubGlobal("fetch", (url: string, { headers }: { headers: Record<string, string> }) => {
    const name = url.split("/").at(-1) ?? "";
    const answer = (body: object | null, status = 200) =>
      Promise.resolve(new Response(JSON.stringify(body), { status }));
    if (name === "Session") return answer({ caller, csrf });
    if (caller === null) return answer({ error: { code: "NotSignedIn", message: "" } }, 401);
    if (headers["x-pixii-csrf"] !== csrf) return answer({ error: { code: "Csrf", message: "" } }, 403);
    done.push(`${name} by ${caller.name}`);
    return answer(name === "ListQueries" ? null : {});
  });
});

async function signedIn() {
  const api = await import("./api.ts");
  await api.call("Session", {});
  const signedOut = vi.fn();
  api.whenSignedOut(signedOut);
  return { ...api, signedOut };
}

test("a call goes on in a new session of the same person", async () => {
  const { call, signedOut } = await signedIn();
  csrf = "2";
  await Promise.all([call("ListConnections", {}), call("ListProfiles", {})]);
  expect(done).toEqual(["ListConnections by ada", "ListProfiles by ada"]);
  expect(signedOut).not.toHaveBeenCalled();
});

test("nothing is done in the name of who signed in elsewhere", async () => {
  const { call, isOfAnother, signedOut } = await signedIn();
  [caller, csrf] = [bob, "2"];
  await expect(call("ListConnections", {})).rejects.toThrow();
  expect(signedOut).toHaveBeenCalled();
  expect(isOfAnother(await call("Session", {}))).toBe(true);
  await expect(call("ListConnections", {})).rejects.toThrow();
  expect(done).toEqual([]);
});

test("a page that was somebody's stays theirs while nobody is signed in", async () => {
  const { call, isOfAnother, signedOut } = await signedIn();
  [caller, csrf] = [null, null];
  await expect(call("ListConnections", {})).rejects.toThrow();
  expect(signedOut).toHaveBeenCalled();
  [caller, csrf] = [bob, "3"];
  expect(isOfAnother(await call("Session", {}))).toBe(true);
});

test("an answer that breaks off is told, and one that is not waited for is not", async () => {
  const { call } = await signedIn();
  await expect(call("ListQueries", {})).rejects.toMatchObject({ code: "Unreachable" });
  const aborted = AbortSignal.abort();
  await expect(call("ListQueries", {}, aborted)).rejects.toMatchObject({ name: "AbortError" });
});
