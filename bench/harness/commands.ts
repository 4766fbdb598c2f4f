/** How a process of a measurement offers commands to the one that runs it; see `BenchProcess.call`. */

declare global {
  // Given by probe.cjs, which is loaded before any other code.
  var onBenchCommand: (name: string, run: (argument: never) => unknown) => void;
}

export function onCommand<Argument>(name: string, run: (argument: Argument) => unknown): void {
  globalThis.onBenchCommand(name, run);
}
