// SPDX-License-Identifier: Apache-2.0
// Tokens. Spaces and comments go to the hidden channel: the formatter needs them. Whether a word is a keyword where it
// stands, or a name, is settled after lexing (compiler/syntax/classify.h), so that vocabulary can use almost any word.
// The tokens at the end match what is wrong, so that lexing itself never fails.
lexer grammar MRuleLexer;

tokens { VERB, FUNCTION, FINAL_OVER, PREFIX_PLUS, PREFIX_MINUS, PERCENT_OF, TODAY_VALUE, TO_DATE,
         STEP_AT, TEST_UNTIL, TIME_AT, TIME_BY, BY_CAUSE, PARAM_OPEN }  // given by the classification pass only

// --- declarations ---
USE : 'use'; ENTITY : 'entity'; EVENT : 'event'; EVENTS : 'events'; MEASURE : 'measure'; METRIC : 'metric';
ACTION : 'action'; MESSAGE : 'message'; WORKSPACE : 'workspace'; SEGMENT : 'segment'; RULE : 'rule';
JOURNEY : 'journey'; SCORE : 'score'; REPORT : 'report'; POLICY : 'policy'; TEST : 'test'; SOURCE : 'source';
CONNECTOR : 'connector'; END : 'end';
OPTIONAL : 'optional'; ONE : 'one'; SET : 'set'; SAFER : 'safer'; LESS : 'less'; GREATER_WORD : 'more'; FRESH : 'fresh';

// --- rules ---
WHEN : 'when'; ONCE : 'once'; PER : 'per'; MOST : 'most'; TIMES : 'times'; OTHERWISE : 'otherwise';
PRIORITY : 'priority'; INCLUDING : 'including'; EXISTING : 'existing'; UNBOUNDED : 'unbounded';
EVERY : 'every'; THEN : 'then'; EACH : 'each';

// --- tests ---
GIVEN : 'given'; EXPECT : 'expect'; NOTHING : 'nothing'; HELD : 'held'; BECAUSE : 'because'; CASES : 'cases'; CASE : 'case';

// --- conditions ---
AND : 'and'; OR : 'or'; NOT : 'not'; IS : 'is'; IN : 'in'; BETWEEN : 'between'; WHERE : 'where';
KNOWN : 'known'; MISSING : 'missing'; CONTAINS : 'contains'; CONTAIN : 'contain'; DOES : 'does';
STARTS : 'starts'; START : 'start'; ENDS : 'ends'; MATCHES : 'matches'; MATCH : 'match';
HAS : 'has'; ANY : 'any'; NONE : 'none';
NO : 'no'; NEVER : 'never'; EVEN : 'even'; IF : 'if'; NEW : 'new'; ENTERS : 'enters'; LEAVES : 'leaves';
LEAST : 'least'; EXACTLY : 'exactly'; FOLLOWED : 'followed'; WITHIN : 'within'; SAME : 'same';
DOWN : 'down'; RISES : 'rises'; FALLS : 'falls'; VS : 'vs';
USUAL : 'usual'; DEVIATION : 'deviation';
CHANGES : 'changes'; OLD : 'old';

// --- windows ---
OVER : 'over'; LAST : 'last'; ALL : 'all'; TIME : 'time'; TODAY : 'today'; YESTERDAY : 'yesterday'; THIS : 'this';
FULL : 'full'; PREVIOUS : 'previous'; SETTLED : 'settled'; ENDING : 'ending'; AGO : 'ago';

// --- values ---
NOW : 'now'; TRUE : 'true'; FALSE : 'false'; DEFAULT : 'default';
COUNT : 'count'; SUM : 'sum'; AVG : 'avg'; MIN : 'min'; MAX : 'max'; FIRST : 'first'; DISTINCT : 'distinct';

// --- prepositions (`in` and `over` are above) ---
BY : 'by'; TO : 'to'; FROM : 'from'; ON : 'on'; FOR : 'for'; WITH : 'with'; AS : 'as'; AT : 'at'; OF : 'of';
UNTIL : 'until'; UP : 'up';

// --- signs ---
PLUS_EQUAL : '+='; MINUS_EQUAL : '-='; NOT_EQUAL : '!='; LESS_EQUAL : '<='; GREATER_EQUAL : '>=';
EQUAL : '='; LESS_THAN : '<'; GREATER_THAN : '>'; PLUS : '+'; MINUS : '-'; STAR : '*'; SLASH : '/';
LPAREN : '('; RPAREN : ')'; LBRACE : '{'; RBRACE : '}'; COMMA : ','; DOT : '.'; COLON : ':';

// --- literals ---
INSTANT : DAY 'T' CLOCK ('.' DIGIT+)? ('Z' | [+-] DIGIT DIGIT ':' DIGIT DIGIT);
DATE : DAY;
TIME_OF_DAY : CLOCK;
DURATION : DIGIT+ ('.' DIGIT+)? ('ms' | 's' | 'min' | 'h' | 'd' | 'w');
MONEY : [$€£] AMOUNT;
ORDINAL : DIGIT DIGIT? ('st' | 'nd' | 'rd' | 'th');
PERCENT : AMOUNT '%';
NUMBER : AMOUNT;
STRING : '"' (~["\\\r\n] | '\\' ~[\r\n])* '"';
ID : [A-Za-z_] [A-Za-z0-9_]*;

// --- hidden ---
DOC_COMMENT : '##' ~[\r\n]* -> channel(HIDDEN);
COMMENT : '#' ~[\r\n]* -> channel(HIDDEN);
SPACE : [ \t\r\n\f\u000B]+ -> channel(HIDDEN);

// --- what is wrong, each reported once ---
UNCLOSED_STRING : '"' (~["\\\r\n] | '\\' ~[\r\n])* '\\'?;
CURLY_STRING : [\u201C\u201D\u201E] ~["\u201C\u201D\u201E\r\n]* ["\u201C\u201D];
BAD_NUMBER : AMOUNT [A-Za-z_] [A-Za-z0-9_]* | [$€£] AMOUNT [A-Za-z_] [A-Za-z0-9_]*
  | [$€£] DIGIT+ (',' DIGIT+)+ ('.' DIGIT+)?;  // `$1,00`; what is grouped well is MONEY, which stands first
BAD_WORD : [A-Za-z_] [A-Za-z0-9_]* LETTER (LETTER | [A-Za-z0-9_])* | LETTER (LETTER | [A-Za-z0-9_])*;
BAD_SIGN : '==' | '<>' | '=<' | '=>' | '&&' | '||';
BAD_CHARACTER : .;

fragment DIGIT : [0-9];
fragment DAY : DIGIT DIGIT DIGIT DIGIT '-' DIGIT DIGIT '-' DIGIT DIGIT;
fragment CLOCK : DIGIT DIGIT ':' DIGIT DIGIT (':' DIGIT DIGIT)?;
fragment AMOUNT : (DIGIT+ | DIGIT DIGIT? DIGIT? (',' DIGIT DIGIT DIGIT)+) ('.' DIGIT+)? [kM]?;
fragment LETTER : [\u00AA\u00B5\u00BA\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u1FFF\u2C00-\u2FEF\u3040-\uD7FF\uF900-\uFDFF\uFE70-\uFEFE\uFF21-\uFF3A\uFF41-\uFFDC\u{10000}-\u{1F0FF}\u{20000}-\u{3FFFF}];
