// Starts the suites before single files: jest sorts what it has not run yet by size, and they are long while their files are small.
const { default: Sequencer } = require('@jest/test-sequencer');

class LongestFirst extends Sequencer {
  sort(tests) {
    const isSuite = ({ path }) => path.startsWith(__dirname);
    return [...super.sort(tests)].sort((a, b) => isSuite(b) - isSuite(a));
  }
}
module.exports = LongestFirst;
