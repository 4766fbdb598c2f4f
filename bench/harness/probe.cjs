// Loaded before everything else into each process of a measurement: runs commands that come over its channel.
const { setTimeout: delay } = require('node:timers/promises');

const commands = new Map();

/** Registers what `BenchProcess.call(name, argument)` runs. */
globalThis.onBenchCommand = (name, run) => commands.set(name, run);

globalThis.onBenchCommand('collect', async () => {
  // An ordinary collection leaves it to chance how much room it gives back, and what remains would say nothing.
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
