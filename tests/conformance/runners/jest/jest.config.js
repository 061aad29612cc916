module.exports = {
  testEnvironment: 'node',
  testMatch: ['**/*.check.js'],
  transform: {},
  watchman: false
}
