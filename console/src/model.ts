// The service model: commands, shapes, reserved words. Loaded once, from `model.json`.

import { base } from "./api.ts";

export interface Command {
  name: string;
  service: string;
  writes: boolean;
  input: string | null;
  output: string | null;
  documentation?: string;
}

export interface Member {
  shape: string;
  documentation?: string;
}

/** A shape of the model. Which of the members there are follows from `type`. */
export interface Shape {
  type: string;
  documentation?: string;
  members?: Record<string, Member | string>;
  required?: string[];
  /** Of a list. */
  member?: Member | string;
  /** Of a map. */
  key?: Member | string;
  value?: Member | string;
  enum?: string[];
  min?: number;
  max?: number;
  pattern?: string;
}

export interface Model {
  commands: Command[];
  shapes: Record<string, Shape>;
  reserved: string[];
  /** The commands that Pixii itself has; others exist at other endpoints only. */
  built: string[];
}

let loading: Promise<Model> | undefined;

/** The model; asked for once. */
export function model(): Promise<Model> {
  loading ??= fetch(`${base}/model.json`, { credentials: "same-origin" })
    .then((response) => {
      if (!response.ok) throw new Error(`The service model could not be loaded (status ${response.status}).`);
      return response.json() as Promise<Model>;
    })
    .catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
  return loading;
}

/** The name of the shape that a member has. */
export function shapeName(member: Member | string | undefined): string | undefined {
  return typeof member === "string" ? member : member?.shape;
}
