// Runs the suites before single files. Without timings jest sorts by file size, and suites are long although their files are small.
const { default: Sequencer } = require('@jest/test-sequencer');

class LongestFirst extends Sequencer {
  sort(tests) {
    const isSuite = ({ path }) => path.startsWith(__dirname);
    return [...super.sort(tests)].sort((a, b) => isSuite(b) - isSuite(a));
  }
}
module.exports = LongestFirst;
