// Preloaded into each bench process: runs the commands that arrive over its IPC channel.
const { setTimeout: delay } = require('node:timers/promises');

const commands = new Map();

/** Registers a command for `BenchProcess.call(name, argument)`. */
globalThis.onBenchCommand = (name, run) => commands.set(name, run);

globalThis.onBenchCommand('collect', async () => {
  // An ordinary collection releases an unpredictable amount of memory, which would make the figure meaningless.
  for (let round = 0; round < 3; round++) {
    globalThis.gc({ type: 'major', flavor: 'last-resort' });
    await delay(50);
  }
});

process.on('message', async ({ id, command, argument }) => {
  try {
    const run = commands.get(command);
    if (!run) throw new Error(`This process knows no command ${command}.`);
    process.send({ id, result: await run(argument) });
  } catch (error) {
    process.send({ id, error: String(error) });
  }
});
