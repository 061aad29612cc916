// A test has no end.
it('before', () => {})

it('hangs', function () {
  this.timeout(0)
  return new Promise(() => setInterval(() => {}, 1000))
})
