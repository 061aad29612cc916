# Every way in which a test of Perl can end.
use Test::More;

ok(1, 'passes');
is(1 + 1, 3, 'fails');
SKIP: {
    skip 'closed on Sundays', 1;
}
TODO: {
    local $TODO = 'some day';
    ok(0, 'is to do');
}
subtest till => sub {
    plan tests => 2;
    ok(1, 'opens');
    ok(0, 'closes');
};
done_testing;
