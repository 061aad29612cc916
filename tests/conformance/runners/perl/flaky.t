# One test fails the first time.
use Test::More tests => 2;

ok(1, 'is steady');
my $again = -e 'wavered';
open my $mark, '>', 'wavered' or die $!;
ok($again, 'wavers');
