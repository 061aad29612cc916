export default { test: { globals: true, include: ['*.check.mjs'] } }
