/** Instances of QuickJS, one for each program, with memory that has a maximum. Runs no program. */
import variant from '@jitl/quickjs-wasmfile-release-sync';
import { newQuickJSWASMModuleFromVariant, newVariant, type QuickJSWASMModule } from 'quickjs-emscripten-core';
import type { GuestData } from './protocol.ts';

// The types of Node describe it for browsers only.
const { WebAssembly: wasm } = globalThis as unknown as {
  WebAssembly: { Memory: new (pages: { initial: number; maximum: number }) => { buffer: ArrayBuffer } };
};

/** Memory that an instance of the engine needs beside that of its program: its data and its stack. */
const ENGINE_BYTES = 5 << 20;

const PAGE_BYTES = 65_536;

/** The least memory of an instance, as the engine was compiled. */
const MIN_PAGES = 256;

/** The share of its memory from which an instance may not be able to get more: it grows by a twentieth at least. */
const FULL = 0.9;

/** An instance of the engine. */
export interface Instance {
  module: QuickJSWASMModule;
  /** Whether its memory has grown to its maximum. It never shrinks. */
  isFull: () => boolean;
}

/**
 * An instance of the engine for one program. Its memory cannot grow beyond the maximum, which the engine's own limit does not ensure: where it
 * cannot ask for the size of an allocation, as here, it counts eight bytes for each.
 */
export async function newInstance(engine: GuestData['engine'], bytes: number): Promise<Instance> {
  const maximum = Math.max(MIN_PAGES, Math.ceil((bytes + ENGINE_BYTES) / PAGE_BYTES));
  const wasmMemory = new wasm.Memory({ initial: MIN_PAGES, maximum });
  const module = await newQuickJSWASMModuleFromVariant(newVariant(variant, { wasmModule: engine, wasmMemory }));
  return { module, isFull: () => wasmMemory.buffer.byteLength > FULL * maximum * PAGE_BYTES };
}
