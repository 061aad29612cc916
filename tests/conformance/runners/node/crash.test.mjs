// The process dies in the middle of its tests.
import { test } from 'node:test'

test('before', () => {})

test('aborts', () => process.abort())

test('after', () => {})
