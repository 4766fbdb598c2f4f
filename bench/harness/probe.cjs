// Preloaded into each bench process: runs the commands that arrive over its IPC channel.
const { writeFile } = require('node:fs/promises');
const { Session } = require('node:inspector/promises');
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

let session;

globalThis.onBenchCommand('startProfile', async () => {
  session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
});

/** Writes a processor profile that Chrome's developer tools can open. */
globalThis.onBenchCommand('stopProfile', async (path) => {
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  await writeFile(path, JSON.stringify(profile));
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
