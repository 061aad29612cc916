# A test says that there is no use in going on.
use Test::More tests => 3;

ok(1, 'before');
BAIL_OUT('the shop is on fire');
