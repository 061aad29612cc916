# The process dies in the middle of its tests.
use Test::More tests => 3;

$| = 1;
ok(1, 'before');
kill ABRT => $$;
ok(1, 'aborts');
ok(1, 'after');
