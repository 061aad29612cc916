# A test has no end.
use Test::More tests => 2;

$| = 1;
ok(1, 'before');
sleep 3600;
ok(1, 'hangs');
