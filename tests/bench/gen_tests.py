#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rules with tests, for timing `mrule test`: gen_tests.py TESTS [RULES] > tests.mrule

Each test has a campaign with seven hourly reports or a contact with three events, and three expectations."""
import sys

tests = int(sys.argv[1])
rules = int(sys.argv[2]) if len(sys.argv) > 2 else 20
for i in range(rules):
    if i % 2 == 0:
        print('rule "Losing %d"\nwhen roas < %.2f for 6h and spend over 6h > $%d\npause campaign\nat most once per 24h\n' % (i, 1.0 + i / 1000, 100 + i))
    else:
        print('rule "Points %d"\nwhen purchased and amount > $%d\nscore +%d\n' % (i, i, i))
points = sum(i for i in range(1, rules, 2) if i < 50)
for i in range(tests):
    if i % 2 == 0:
        print('test "bad hours %d"\n  given campaign c%d with status active, budget $200' % (i, i))
        print('  every 1h from 00:00 to 06:00 insights c%d with spend $%d, revenue $%d' % (i, 100 + i % 50, 50 + i % 40))
        print('  expect nothing by 05:59\n  expect pause campaign at 06:00 because roas < 1.2\n  expect campaign c%d with status paused at 06:00\nend\n' % i)
    else:
        print('test "points %d"\n  given contact ann%d with score 0' % (i, i))
        print('  every 1d from 09:00 purchased with amount $%d x3' % 50)
        print('  expect score at least 1 times\n  expect contact ann%d with score %d\n  expect no pause campaign\nend\n' % (i, 3 * points))
