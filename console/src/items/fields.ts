// An item as a form: a line for each attribute.

import { Malformed, readContent, writeContent } from "./notation.ts";
import { parted, type Item, type Type } from "./values.ts";

export interface Field {
  /** Stays the same while the field is edited. */
  id: number;
  name: string;
  type: Type;
  text: string;
  isKey: boolean;
}

let next = 0;

export const emptyField = (): Field => ({ id: next++, name: "", type: "S", text: "", isKey: false });

/** The fields of an item, its key first. */
export function fieldsOf(item: Item, keys: string[]): Field[] {
  const names = [...keys.filter((name) => name in item), ...Object.keys(item).filter((name) => !keys.includes(name))];
  return names.flatMap((name) => {
    const value = item[name];
    if (value === undefined) return [];
    return [{ id: next++, name, type: parted(value)[0], text: writeContent(value), isKey: keys.includes(name) }];
  });
}

/** What a field begins with when it gets another type: what it had, if that can be read so. */
export function retyped(field: Field, type: Type): Field {
  const begins: Partial<Record<Type, string>> = {
    BOOL: "true",
    NULL: "",
    M: "{}",
    L: "[]",
    SS: "[]",
    NS: "[]",
    BS: "[]",
  };
  const isText = (each: Type) => begins[each] === undefined;
  return { ...field, type, text: isText(type) && isText(field.type) ? field.text : (begins[type] ?? "") };
}

/** An item with its attributes in the order of another, so that a difference shows no moves. */
export function ordered(item: Item, like: Item): Item {
  const place = new Map(Object.keys(like).map((name, index) => [name, index]));
  const at = (name: string) => place.get(name) ?? place.size;
  return Object.fromEntries(Object.entries(item).sort(([one], [other]) => at(one) - at(other)));
}

/** The item that the fields say. Throws `Malformed`, naming the attribute. */
export function itemOf(fields: Field[]): Item {
  const item: Item = {};
  for (const { name, type, text } of fields) {
    if (name === "") throw new Malformed("An attribute has no name.");
    if (name in item) throw new Malformed(`The attribute “${name}” is there twice.`);
    try {
      item[name] = readContent(type, text);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      throw new Malformed(`${name}: ${error.message}`);
    }
  }
  return item;
}
