import { word, wordAt } from "./text.ts";
import {
  BYTES,
  eachField,
  expectType,
  int32,
  int64,
  length,
  skip,
  VARINT,
  type Wire,
} from "./wire.ts";

/** resource.Quantity: a message whose only field is its text. */
export function readQuantity(from: Wire): string {
  const size = length(from);
  const { bytes, at } = from;
  // Nearly always the one field and nothing else.
  if (size >= 2 && size < 0x80 && bytes[at] === 0x0a && bytes[at + 1] === size - 2) {
    from.at = at + size;
    return wordAt(bytes, at + 2, size - 2);
  }
  let said = "";
  eachField(from, size, (number, type) => {
    if (number === 1) {
      expectType(type, BYTES);
      said = word(from);
    } else skip(from, type);
  });
  return said;
}

/** intstr.IntOrString: which of the two it is, then both. */
export function readIntOrString(from: Wire): string | number {
  let isText = false;
  let number = 0;
  let said = "";
  eachField(from, length(from), (field, type) => {
    if (field > 3) {
      skip(from, type);
      return;
    }
    expectType(type, field === 3 ? BYTES : VARINT);
    if (field === 1) isText = int64(from) === 1;
    else if (field === 2) number = int32(from);
    else said = word(from);
  });
  return isText ? said : number;
}
