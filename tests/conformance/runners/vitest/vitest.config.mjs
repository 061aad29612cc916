// Tests of the other runners are none of its own.
export default { test: { globals: true, include: ['*.check.mjs'] } }
