// Runs the longest files first, so that none of them runs alone at the end. A fresh clone has no timings of jest's own, so
// durations.json holds the seconds of the long files on an idle machine. A file that is missing there counts as short.
const { relative } = require('node:path');
const { default: Sequencer } = require('@jest/test-sequencer');
const durations = require('./durations.json');

class LongestFirst extends Sequencer {
  sort(tests) {
    const seconds = ({ path, context }) => durations[relative(context.config.rootDir, path)] ?? 0;
    return [...super.sort(tests)].sort((a, b) => seconds(b) - seconds(a));
  }
}
module.exports = LongestFirst;
