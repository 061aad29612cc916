# Nothing is wrong.
use Test::More tests => 2;

ok(1, 'adds');
is(1 + 1, 2, 'opens # 1');
