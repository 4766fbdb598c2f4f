/** Registration of the commands that a bench process offers to its parent; see `BenchProcess.call`. */

declare global {
  // Defined by probe.cjs, which is loaded before any other code.
  var onBenchCommand: (name: string, run: (argument: never) => unknown) => void;
}

export function onCommand<Argument>(name: string, run: (argument: Argument) => unknown): void {
  globalThis.onBenchCommand(name, run);
}
