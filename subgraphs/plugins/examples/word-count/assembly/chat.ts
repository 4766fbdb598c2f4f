/** The functions of the chat, in AssemblyScript: the name of this file is the module from which they are imported. Holds no plugin. */

declare function read(at: usize): void;
declare function request(operationAt: usize, operationLength: i32, argumentAt: usize, argumentLength: i32): i32;
declare function reply(at: usize, length: i32): void;
declare function fail(at: usize, length: i32): void;

/** The text that the chat holds ready: the input of a call, or the answer to a request. */
export function received(length: i32): string {
  const bytes = new ArrayBuffer(length);
  read(changetype<usize>(bytes));
  return String.UTF8.decode(bytes);
}

/** An operation of the API. @returns `{"value":…}` or `{"error":"…"}` */
export function ask(operation: string, argument: string): string {
  const a = String.UTF8.encode(operation);
  const b = String.UTF8.encode(argument);
  return received(request(changetype<usize>(a), a.byteLength, changetype<usize>(b), b.byteLength));
}

/** @param json the result of the call */
export function answer(json: string): void {
  const bytes = String.UTF8.encode(json);
  reply(changetype<usize>(bytes), bytes.byteLength);
}

/** Ends the call with an error. */
export function refuse(message: string): void {
  const bytes = String.UTF8.encode(message);
  fail(changetype<usize>(bytes), bytes.byteLength);
}
