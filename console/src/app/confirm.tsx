// Asking before something is done that cannot be taken back.

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { createContext, use, useCallback, useState, type ReactNode } from "react";
import { ApiError, send, type Place } from "../api.ts";
import { usePlace } from "./place.tsx";

export interface Question {
  title: string;
  body: ReactNode;
  /** What the button says: a verb, such as "Delete table". */
  action: string;
  /** Must be typed before the button works: a name, for what destroys much. */
  typed?: string;
}

type Ask = (question: Question) => Promise<boolean>;
const ConfirmContext = createContext<Ask | null>(null);

/** `if (await confirm({ title, body, action })) …` */
export function useConfirm(): Ask {
  const ask = use(ConfirmContext);
  if (ask === null) throw new Error("nothing can ask above this component");
  return ask;
}

export function ConfirmProvider({ children }: { children: ReactNode }) {
  const [asked, setAsked] = useState<{ question: Question; answer: (is: boolean) => void } | null>(null);
  const ask = useCallback<Ask>(
    (question) =>
      new Promise((resolve) => {
        setAsked({
          question,
          answer: (is) => {
            setAsked(null);
            resolve(is);
          },
        });
      }),
    [],
  );
  return (
    <ConfirmContext value={ask}>
      {children}
      {asked && <Dialog question={asked.question} answer={asked.answer} />}
    </ConfirmContext>
  );
}

function Dialog({ question, answer }: { question: Question; answer: (is: boolean) => void }) {
  const [typed, setTyped] = useState("");
  const isReady = question.typed === undefined || typed === question.typed;
  return (
    <Modal
      visible
      header={question.title}
      onDismiss={() => answer(false)}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={() => answer(false)}>
              Cancel
            </Button>
            <Button variant="primary" disabled={!isReady} onClick={() => answer(true)}>
              {question.action}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <div>{question.body}</div>
        {question.typed !== undefined && (
          <FormField label={`To go on, type ${question.typed}`}>
            <Input
              value={typed}
              autoFocus
              onChange={({ detail }) => setTyped(detail.value)}
              onKeyDown={({ detail }) => {
                if (detail.key === "Enter" && isReady) answer(true);
              }}
            />
          </FormField>
        )}
      </SpaceBetween>
    </Modal>
  );
}

/** Thrown where the person decided against it. Nothing to report: `fail` of `useNotify` says nothing. */
export class Declined extends DOMException {
  constructor() {
    super("Not confirmed.", "AbortError");
  }
}

/**
 * `send` to the chosen place, which asks where the connection asks before writing. Throws what `send` throws.
 * `place` may be another one.
 */
export function useSend(): (
  command: string,
  request: object,
  options?: { isConfirmed?: boolean; signal?: AbortSignal; place?: Place },
) => Promise<Record<string, unknown>> {
  const chosen = usePlace();
  const confirm = useConfirm();
  return useCallback(
    async (command, request, { place = chosen.place, ...options } = {}) => {
      try {
        return await send(place, command, request, options);
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== "Confirm") throw error;
        const name = chosen.connections.find(({ id }) => id === place.connection)?.name ?? place.connection;
        const isSure = await confirm({
          title: `Run ${command}?`,
          body: `The connection “${name}” asks before anything is written through it.`,
          action: `Run ${command}`,
        });
        if (!isSure) throw new Declined();
        return send(place, command, request, { ...options, isConfirmed: true });
      }
    },
    [chosen, confirm],
  );
}
