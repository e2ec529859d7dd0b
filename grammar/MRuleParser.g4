// SPDX-License-Identifier: Apache-2.0
// The grammar of one declaration, and of one value in a text's hole. A file is cut into declarations before parsing
// (compiler/syntax/classify.h), so that one mistake concerns one declaration only. Precedence and every ambiguity are
// settled in README.md. Alternatives marked "reserved" parse what a later version will mean, so as to say so.
parser grammar MRuleParser;

options { tokenVocab = MRuleLexer; }

declarationUnit : declaration EOF;
valueUnit : value EOF;

declaration
  : USE nameList                                                          # useDecl
  | ENTITY name (IN name)? field*                                         # entityDecl
  | EVENT name hole* ON nameList field*                                   # eventDecl
  | EVENTS name ON name EQUAL nameList                                    # eventsDecl
  | MEASURE name COLON type EQUAL value (freshness | defaultWindow)*      # measureDecl
  | METRIC name COLON type EQUAL value defaultWindow?                     # metricDecl
  | ACTION name phrasePart* clause*                                       # actionDecl
  | MESSAGE nameList (ON name)?                                           # messageDecl
  | WORKSPACE clause* END                                                 # workspaceDecl
  | SEGMENT name EQUAL name (WHERE expr)?                                 # segmentDecl
  | RULE STRING ruleHead* WHEN expr actionList limit*                     # namedRule
  | RULE STRING ruleHead* schedule (PRIORITY integer)* actionList limit*  # unconditionalRule
  | schedule (WHEN expr)? actionList limit*                               # scheduledRule
  | WHEN expr actionList limit*                                           # bareRule
  | TEST STRING testHead* testLine* testCase* END                         # testDecl
  ;

name : ID;
nameList : name (COMMA name)*;
namePath : name (DOT name)*;

field : name COLON type fieldTail*;
fieldTail
  : SAFER (LESS | GREATER_WORD)                                                   # saferTail
  | EQUAL value                                                           # defaultTail
  ;
freshness : FRESH DURATION;
defaultWindow : FINAL_OVER DURATION;

phrasePart
  : name                                                                  # phraseName
  | preposition                                                           # phrasePreposition
  | hole                                                                  # phraseHole
  ;
hole : LBRACE name COLON type RBRACE;
clause : name COLON clauseValue (COMMA clauseValue)*;
clauseValue
  : name (EQUAL | PLUS_EQUAL | MINUS_EQUAL) value                         # effectValue
  | name (preposition? name)+                                             # phraseValue
  | value                                                                 # plainValue
  ;

type
  : OPTIONAL type                                                         # optionalType
  | SET OF type                                                           # setType
  | ONE OF nameList                                                       # oneOfType
  | name (OR name)*                                                       # namedType
  ;

// --- rules ---

ruleHead
  : PRIORITY integer                                                      # headPriority
  | schedule                                                              # headSchedule
  ;
schedule
  : EVERY DURATION                                                        # everyInterval
  | EVERY name (COMMA name)* atTimes? zone?                               # everyDays
  | ON name monthDay (COMMA monthDay)* OF name name atTimes? zone?        # onMonthDays
  | ON DATE atTimes? zone?                                                # onDate
  | EVERY NUMBER name                                                     # everyCount     // wrong, as those below
  | EVERY name atTimes? ON name? monthDay (COMMA monthDay)* atTimes? zone?  # everyMonthOn
  | EVERY ORDINAL (OF name name)? atTimes? zone?                          # everyOrdinal
  ;
monthDay : ORDINAL | name name;
atTimes : AT? TIME_OF_DAY ((COMMA | AND) TIME_OF_DAY)*;
zone
  : IN STRING                                                             # namedZone
  | name name                                                             # subjectZone
  ;
integer : (PREFIX_PLUS | PREFIX_MINUS)? NUMBER;

actionList : actionCall (COMMA? actionCall)*;
actionCall : VERB actionPart*;
actionPart : preposition? value (COMMA value)*;
preposition : BY | TO | FROM | ON | FOR | WITH | AS | IN | AT | OF | UNTIL | UP TO;

limit
  : ONCE                                                                  # onceLimit
  | ONCE PER period (PER name)?                                           # oncePerLimit
  | AT MOST (ONCE | NUMBER TIMES?) PER period (PER name)?                 # atMostLimit
  | OTHERWISE name name?                                                  # otherwiseLimit
  | PRIORITY integer                                                      # priorityLimit
  | INCLUDING EXISTING                                                    # existingLimit
  | UNBOUNDED                                                             # unboundedLimit
  | EACH NUMBER namePath                                                  # eachLimit
  | UNTIL expr THEN actionList                                            # untilLimit
  ;
period
  : DURATION                                                              # rollingPeriod
  | name zone?                                                            # calendarPeriod
  ;

// --- tests: a line begins with its first word, and that word begins a line of text ---

testHead
  : OF STRING                                                             # headRule   // the only rule that is looked at
  | FROM testTime                                                         # headStart
  | IN STRING                                                             # headZone
  ;
testLine
  : GIVEN testWords testWith?                                             # givenLine
  | STEP_AT testTime testWords testWith?                                  # eventLine
  | EVERY DURATION (FROM testTime)? (TO testTime)? testWords testWith?    # seriesLine
  | TEST_UNTIL testTime                                                   # untilLine
  | CASES nameList                                                        # columnsLine
  | EXPECT expectation                                                    # expectLine
  ;
testCase : CASE STRING (testAtom (COMMA testAtom)*)? testLine*;
testTime
  : TIME_OF_DAY                                                           # clockTime
  | DATE TIME_OF_DAY?                                                     # dateTime
  | INSTANT                                                               # instantTime
  | DURATION                                                              # elapsedTime  // since the test began
  | name NUMBER TIME_OF_DAY?                                              # dayTime      // day 3 08:00
  | name TIME_OF_DAY                                                      # weekdayTime  // friday 08:00
  | testParam                                                             # paramTime
  ;
testWords : testWord+;
testWord : name | STRING | testParam;
testParam : PARAM_OPEN name RBRACE;
testWith : WITH testField (COMMA testField)*;
testField
  : name IS? testItem+                                                    # fieldValues
  | name IS MISSING                                                       # fieldMissing
  ;
testItem : (PREFIX_PLUS | PREFIX_MINUS | PLUS | MINUS)? testAtom;
testAtom
  : literal                                                               # literalAtom
  | name                                                                  # wordAtom
  | testParam                                                             # paramAtom
  | LPAREN testItem (COMMA testItem)* RPAREN                              # listAtom
  ;

expectation
  : NOTHING name? testFor? testWhen?                                      # expectNothing
  | NO? actionCall testTail*                                              # expectAction
  | HELD name actionCall? testFor? testTail*                              # expectHeld
  | testWords testWhen? testWith testWhen?                                # expectWith
  | expr testFor? testWhen?                                               # expectState
  ;
testFor : FOR testWords;
testWhen : (TIME_AT | TIME_BY) testTime;
testTail
  : testWhen                                                              # tailWhen
  | countBound NUMBER TIMES                                               # tailTimes
  | BY_CAUSE name (STRING | name)                                         # tailCause
  | BECAUSE expr                                                          # tailBecause
  ;

// --- conditions: highest precedence first; what stands left of a suffix is checked when the tree is built ---

expr
  : NO eventRef window (EVEN IF NEW)?                                     # noExpr
  | NEVER eventRef                                                        # neverExpr
  | ENTERS name                                                           # entersExpr
  | LEAVES name                                                           # leavesExpr
  | EACH NUMBER namePath                                                  # eachTimesExpr
  | BETWEEN TIME_OF_DAY AND TIME_OF_DAY (ON clockDays)? zone?             # clockExpr
  | ON clockDays zone?                                                    # daysExpr
  | EACH eventRef (WHERE expr)?                                           # eachExpr
  | value eventArg? (WHERE expr)?                                         # operandExpr
  | expr window                                                           # windowExpr
  | expr countBound NUMBER TIMES window                                   # timesExpr
  | expr comparison value                                                 # compareExpr
  | expr IS NOT? (KNOWN | MISSING)                                        # knownExpr
  | expr IS NOT? value                                                    # isExpr
  | expr NOT? BETWEEN value AND value                                     # betweenExpr
  | expr NOT? IN items                                                    # inListExpr
  | expr NOT? IN name                                                     # inNameExpr
  | expr textTest value                                                   # textExpr
  | expr HAS (ANY | NONE) OF items                                        # hasExpr
  | expr CHANGES (FROM value)? (TO value)?                                # changesExpr
  | expr (RISES | FALLS) BY value VS OVER? PREVIOUS (DURATION | NUMBER FULL? name)  # riseExpr  // rises by 30% vs previous 7d
  | expr WITH AT LEAST (NUMBER | MONEY) namePath                          # evidenceExpr
  | expr FOR DURATION                                                     # holdExpr
  | expr FOR NUMBER name IN name name                                     # rowExpr  // for 3 reports in a row
  | expr (DOWN | UP) PERCENT FROM name name window                        # trendExpr  // down 20% from its peak over 14d
  | expr NOT? FOLLOWED BY eventRef (WITH SAME nameList)? (WITHIN DURATION (WITH SAME nameList)?)?  # followedExpr
  | NOT expr                                                              # notExpr
  | expr AND expr                                                         # andExpr
  | expr OR expr                                                          # orExpr
  ;

clockDays
  : name (COMMA name)*                                                    # weekDays
  | name monthDay (COMMA monthDay)* OF name name                          # monthDays
  ;

eventRef
  : namePath eventArg?                                                    # plainEvent
  | LPAREN namePath eventArg? (WHERE expr)? RPAREN                        # parenEvent
  ;
eventArg : ID | STRING;
items : LPAREN value (COMMA value)* RPAREN;
countBound : AT LEAST | AT MOST | EXACTLY;
comparison : EQUAL | NOT_EQUAL | LESS_THAN | LESS_EQUAL | GREATER_THAN | GREATER_EQUAL;
textTest
  : (DOES? NOT)? (CONTAINS | CONTAIN)                                     # containsTest
  | (DOES? NOT)? (STARTS | START) WITH                                    # startsTest
  | (DOES? NOT)? (ENDS | END) WITH                                        # endsTest
  | (DOES? NOT)? (MATCHES | MATCH)                                        # matchesTest
  ;

window
  : OVER DURATION                                                         # overWindow
  | IN LAST DURATION                                                      # lastWindow
  | ALL TIME                                                              # allTimeWindow
  | (TODAY | YESTERDAY | THIS name | TO_DATE TO name) windowZone? lag?    # calendarWindow
  | SAME name LAST name windowZone? lag?                                  # sameDayWindow
  | (OVER | IN) LAST NUMBER FULL? name windowZone? lag?                   # fullWindow
  | (OVER | IN)? LAST name                                                # vagueWindow     // an error that offers what is meant
  | OVER PREVIOUS DURATION                                                # previousWindow
  | OVER PREVIOUS NUMBER FULL? name                                       # previousFullWindow
  | OVER DURATION lag                                                     # endingWindow
  ;
windowZone : IN STRING;
lag : SETTLED DURATION | ENDING DURATION AGO;

// --- values: highest precedence first ---

value
  : LPAREN expr RPAREN                                                    # parenValue
  | FUNCTION LPAREN (value (COMMA value)*)? RPAREN                        # callValue
  | COUNT OF eventRef window?                                             # countValue
  | (SUM | AVG | MIN | MAX | FIRST | LAST | DISTINCT) OF? fieldTarget window?  # aggregateValue
  | namePath window?                                                      # pathValue
  | OLD name                                                              # oldValue  // before the change at hand
  | (USUAL | DEVIATION OF) namePath (TODAY | (THIS | PER) name) windowZone? lag? OVER PREVIOUS NUMBER FULL? name  # usualValue
  | (PREFIX_MINUS | PREFIX_PLUS) value                                    # signValue
  | value (STAR | SLASH) value                                            # timesValue
  | PERCENT PERCENT_OF value                                              # percentOfValue
  | value (PLUS | MINUS) value                                            # plusValue
  | value DEFAULT value                                                   # defaultValue
  | TODAY_VALUE zone?                                                     # todayValue
  | literal                                                               # literalValue
  | testParam                                                             # paramValue  // in tests only
  ;

fieldTarget
  : namePath                                                              # plainField
  | LPAREN namePath (WHERE expr)? RPAREN                                  # parenField
  ;

literal : NUMBER | MONEY | PERCENT | DURATION | DATE | TIME_OF_DAY | INSTANT | STRING | TRUE | FALSE | NOW;
