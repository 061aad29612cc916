// A test has no end.
import { test } from 'node:test'

test('before', () => {})

test('hangs', () => new Promise((resolve) => setInterval(() => {}, 1000)))
