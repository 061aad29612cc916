// Nothing is to be transformed or watched.
module.exports = {
  testEnvironment: 'node',
  testMatch: ['**/*.check.js'],
  transform: {},
  watchman: false
}
