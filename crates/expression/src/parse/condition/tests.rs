use std::collections::BTreeMap;

use super::*;

/// The values that the tables here use. `:missing` is not among them.
fn placeholders() -> Placeholders {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let values = [
        (":s", text("abc")),
        (":e", text("")),
        (":S", text("S")),
        (":x", text("XX")),
        (":n", AttributeValue::N(5.into())),
        (":n2", AttributeValue::N(7.into())),
        (":b", AttributeValue::B(b"abc".to_vec())),
        (":t", AttributeValue::Bool(true)),
        (":z", AttributeValue::Null),
        (":ss", AttributeValue::Ss(["a".to_owned()].into())),
        (":l", AttributeValue::L(vec![text("x")])),
        (":m", AttributeValue::M(BTreeMap::from([("a".to_owned(), text("x"))]))),
    ];
    let values = values.map(|(key, value)| (key.to_owned(), value));
    Placeholders::new(None, Some(BTreeMap::from(values))).unwrap()
}

#[track_caller]
fn check(text: &str, expected: &str) {
    let parsed = parse_condition(Kind::Filter, text, &mut placeholders());
    let message = parsed.unwrap_err().to_string();
    assert_eq!(message, format!("Invalid FilterExpression: {expected}"), "{text}");
}

#[test]
fn a_syntax_error_names_the_token_and_what_is_around_it() {
    for (text, token, near) in SYNTAX_ERRORS {
        check(text, &format!("Syntax error; token: \"{token}\", near: \"{near}\""));
    }
}

#[test]
fn what_needs_no_item_to_be_wrong_is_refused_before_any_is_read() {
    for (text, expected) in REFUSED {
        check(text, expected);
    }
}

#[test]
fn what_the_service_takes_is_taken() {
    for text in TAKEN {
        let parsed = parse_condition(Kind::Filter, text, &mut placeholders());
        assert!(parsed.is_ok(), "{text}: {parsed:?}");
    }
}

#[test]
fn an_expression_has_1_to_4096_bytes_before_names_are_filled_in() {
    check("", "The expression can not be empty;");
    let text = format!("a = :s{}", " ".repeat(4090));
    assert!(parse_condition(Kind::Filter, &text, &mut placeholders()).is_ok());
    check(
        &format!("{text} "),
        "Expression size has exceeded the maximum allowed size; expression size: 4097",
    );
}

#[test]
fn an_expression_has_at_most_300_operators_and_functions() {
    let too_many = |count: usize| {
        format!("The expression contains too many operators; operator count: {count}")
    };
    let chain = |part: &str, count: usize| vec![part; count].join(" AND ");
    for (good, bad, count) in [
        (chain("a = :s", 150), chain("a = :s", 151), 301),
        (chain("attribute_exists(a)", 150), chain("attribute_exists(a)", 151), 301),
        (chain("size(a) < :n", 100), chain("size(a) < :n", 101), 302),
        (chain("a BETWEEN :n AND :n", 150), chain("a BETWEEN :n AND :n", 151), 301),
        (chain("a IN (:n)", 150), chain("a IN (:n)", 151), 301),
        (format!("{}a = :s", "NOT ".repeat(299)), format!("{}a = :s", "NOT ".repeat(300)), 301),
    ] {
        assert!(parse_condition(Kind::Filter, &good, &mut placeholders()).is_ok(), "{good}");
        check(&bad, &too_many(count));
    }
    let nested = |depth: usize| format!("{}a = :s{}", "NOT (".repeat(depth), ")".repeat(depth));
    assert!(parse_condition(Kind::Filter, &nested(299), &mut placeholders()).is_ok());
    check(&nested(300), &too_many(301));
    check(&nested(600), &too_many(601));
}

#[test]
fn in_has_at_most_100_operands() {
    let list = |count: usize| format!("a IN ({})", vec![":s"; count].join(","));
    assert!(parse_condition(Kind::Filter, &list(100), &mut placeholders()).is_ok());
    check(
        &list(101),
        "The IN operator is provided with too many operands; number of operands: 101",
    );
}

#[test]
fn a_path_has_at_most_32_elements() {
    let path = |elements: usize| format!("attribute_exists(a{})", ".b".repeat(elements - 1));
    assert!(parse_condition(Kind::Filter, &path(32), &mut placeholders()).is_ok());
    check(&path(33), "The document path has too many nesting levels; nesting levels: 33");
}

#[test]
fn no_depth_of_parentheses_overflows_the_stack() {
    for depth in [2, 300, 2000] {
        let text = format!("{}a = :s{}", "(".repeat(depth), ")".repeat(depth));
        check(&text, "The expression has redundant parentheses;");
    }
    for text in ["(", "NOT (", "size(", "a IN (", "NOT "] {
        let text = text.repeat(4096 / text.len());
        assert!(parse_condition(Kind::Filter, &text, &mut placeholders()).is_err());
    }
}

#[test]
fn a_name_stands_for_one_element_whatever_is_in_it() {
    let names = BTreeMap::from([("#a".to_owned(), "a.b[0]".to_owned())]);
    let mut placeholders = Placeholders::new(Some(names), None).unwrap();
    let text = "attribute_exists(#a.#a)";
    let condition = parse_condition(Kind::Condition, text, &mut placeholders).unwrap();
    assert_eq!(condition.paths()[0].to_string(), "[a.b[0], a.b[0]]");
    assert_eq!(placeholders.finish(), Ok(()));
}

#[test]
fn a_name_that_is_reserved_is_fine_through_a_placeholder() {
    let names = BTreeMap::from([("#name".to_owned(), "name".to_owned())]);
    let mut placeholders = Placeholders::new(Some(names), None).unwrap();
    assert!(parse_condition(Kind::Filter, "attribute_exists(#name)", &mut placeholders).is_ok());
}

#[test]
fn one_name_may_serve_two_expressions() {
    let names = BTreeMap::from([("#a".to_owned(), "a".to_owned())]);
    let mut placeholders = Placeholders::new(Some(names), None).unwrap();
    for _ in 0..2 {
        parse_condition(Kind::Filter, "attribute_exists(#a)", &mut placeholders).unwrap();
    }
    assert_eq!(placeholders.finish(), Ok(()));
}

#[test]
fn echoes_of_long_names_and_values_are_cut() {
    let names = BTreeMap::from([("#a".to_owned(), "a".repeat(60_000))]);
    let long = |byte: u8| AttributeValue::B(vec![byte; 100_000]);
    let values = BTreeMap::from([(":a".to_owned(), long(2)), (":b".to_owned(), long(1))]);
    let mut placeholders = Placeholders::new(Some(names), Some(values)).unwrap();
    for text in ["#a.#a.#a = #a.#a.#a", "#a BETWEEN :a AND :b"] {
        let error = parse_condition(Kind::Filter, text, &mut placeholders).unwrap_err();
        assert!(error.to_string().len() < 4096, "{text}");
    }
}

/// Texts with the token they fail at, and what is around it, as the service's local edition has it.
const SYNTAX_ERRORS: &[(&str, &str, &str)] = &[
    ("a", "<EOF>", "a"),
    ("a = ", "<EOF>", "= "),
    ("a =", "<EOF>", "="),
    ("= :s", "=", "= :s"),
    ("a = :s AND", "<EOF>", "AND"),
    ("  ", "<EOF>", "  "),
    ("size() = :n", ")", "() ="),
    ("foo()", ")", "()"),
    ("attribute_exists()", ")", "()"),
    ("a BETWEEN :n AND", "<EOF>", "AND"),
    ("a IN ()", ")", "()"),
    ("a IN :s", ":s", "IN :s"),
    ("a IN (:s,)", ")", ",)"),
    ("a[00] = :s", "0", "00]"),
    ("a[01] = :s", "1", "01]"),
    ("a[:s] = :s", ":s", "[:s]"),
    ("a[#a] = :s", "#a", "[#a]"),
    ("a[-1] = :s", "-", "[-1"),
    ("a[0 = :s", "=", "0 = :s"),
    ("a. = :s", "=", ". = :s"),
    (".a = :s", ".", ".a"),
    ("a..b = :s", ".", "..b"),
    ("_a = :s", "_", "_a"),
    ("1a = :s", "1", "1a"),
    ("a-b = :s", "-", "a-b"),
    ("$a = :s", "$", "$a"),
    ("a = \"x\"", "\"", "= \"x"),
    ("a = 'x'", "'", "= 'x"),
    ("a = 5", "5", "= 5"),
    ("a == :s", "=", "== :s"),
    ("a != :s", "!", "a !="),
    ("a < > :s", ">", "< > :s"),
    ("a=:sAND n=:n", "n", ":sAND n="),
    ("a=:s ANDn=:n", "ANDn", ":s ANDn="),
    ("AND", "AND", "AND"),
    ("NOT", "<EOF>", "NOT"),
    ("a AND b", "AND", "a AND b"),
    ("(a)", "<EOF>", ")"),
    ("NOT a", "<EOF>", "a"),
    ("é = :s", "é", "é ="),
    ("a = :é", ":", "= :é"),
    ("#é = :s", "#", "#é"),
    ("# = :s", "#", "# ="),
    (": = :s", ":", ": ="),
    ("# a = :s", "#", "# a"),
    ("a = : s", ":", "= : s"),
    ("##a = :s", "#", "##a"),
    ("a;b", ";", "a;b"),
    ("a = :s)", ")", ":s)"),
    ("(a = :s", "<EOF>", ":s"),
    ("()", ")", "()"),
    ("a = :s OR", "<EOF>", "OR"),
    ("a = :s b = :n", "b", ":s b ="),
    ("a, b", ",", "a, b"),
    ("a = :s, b = :n", ",", ":s, b"),
    ("IN = :s", "IN", "IN ="),
    ("BETWEEN = :s", "BETWEEN", "BETWEEN ="),
    ("a BETWEEN :s", "<EOF>", ":s"),
    ("set = :s", "set", "set ="),
    ("SET = :s", "SET", "SET ="),
    ("a = size(b", "<EOF>", "b"),
    ("(begins_with)(a)", "(", ")(a"),
    ("a BETWEEN b AND c AND d", "<EOF>", "d"),
    ("a = b = c", "=", "b = c"),
    ("(a = b) = c", "=", ") = c"),
    ("a = (b = c)", "=", "b = c"),
    ("NOT AND a", "AND", "NOT AND a"),
    ("foo(a = b)", "=", "a = b"),
    ("size(a = b) = c", "=", "a = b"),
    ("contains(a, NOT b)", "NOT", ", NOT b"),
    ("a IN (b = c)", "=", "b = c"),
    ("a.b(c)", "(", "b(c"),
    ("#a(b)", "(", "#a(b"),
    ("and(a)", "and", "and("),
    ("a AND", "AND", "a AND"),
    ("a < b < c", "<", "b < c"),
    ("(a,b)", ",", "a,b"),
    ("a = b AND (c", "<EOF>", "c"),
    ("a IN (b", "<EOF>", "b"),
    ("a IN", "<EOF>", "IN"),
    ("a BETWEEN", "<EOF>", "BETWEEN"),
    ("a BETWEEN b", "<EOF>", "b"),
    ("a BETWEEN b AND", "<EOF>", "AND"),
    ("a BETWEEN b OR", "OR", "b OR"),
    ("a[", "<EOF>", "["),
    ("a[0", "<EOF>", "0"),
    ("a.", "<EOF>", "."),
    ("foo(", "<EOF>", "("),
    ("foo(a,", "<EOF>", ","),
    ("foo(a", "<EOF>", "a"),
    ("!", "!", "!"),
    ("a = b !", "!", "b !"),
    ("a = b é", "é", "b é"),
    ("aé = b", "é", "aé ="),
    ("a[b]", "b", "[b]"),
    ("a[1a]", "a", "1a]"),
    ("a[\"b\"]", "\"", "[\"b"),
    ("a\u{a0}= :s", "\u{a0}", "a\u{a0}="),
    ("a\0= :s", "\0", "a\0="),
    ("a = :s ) ", ")", ":s ) "),
];

/// Texts with what is wrong with them, as the service's local edition has it.
const REFUSED: &[(&str, &str)] = &[
    ("((a = :s))", "The expression has redundant parentheses;"),
    ("((a)) = :s", "The expression has redundant parentheses;"),
    ("((a = :s)) AND n = :n", "The expression has redundant parentheses;"),
    ("NOT ((a = :s))", "The expression has redundant parentheses;"),
    (
        "a = a",
        "The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [a]",
    ),
    (
        "a.b = a.b",
        "The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [a, b]",
    ),
    (
        "a[0] = a[0]",
        "The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [a, [0]]",
    ),
    (
        "a <> a",
        "The first operand must be distinct from the remaining operands for this operator or function; operator: <>, first operand: [a]",
    ),
    (
        "a = :missing",
        "An expression attribute value used in expression is not defined; attribute value: :missing",
    ),
    (
        "#a = :s",
        "An expression attribute name used in the document path is not defined; attribute name: #a",
    ),
    (
        "a.#a = :s",
        "An expression attribute name used in the document path is not defined; attribute name: #a",
    ),
    ("size(a)", "The function is not allowed to be used this way in an expression; function: size"),
    (
        "size(:n) = :n",
        "Incorrect operand type for operator or function; operator or function: size, operand type: N",
    ),
    (
        "size(:t)=:n",
        "Incorrect operand type for operator or function; operator or function: size, operand type: BOOL",
    ),
    (
        "size(:z)=:n",
        "Incorrect operand type for operator or function; operator or function: size, operand type: NULL",
    ),
    (
        "size(a,b) = :n",
        "Incorrect number of operands for operator or function; operator or function: size, number of operands: 2",
    ),
    ("foo(a)", "Invalid function name; function: foo"),
    ("foo(a) = :s", "Invalid function name; function: foo"),
    ("Size(a) = :n", "Invalid function name; function: Size"),
    ("ATTRIBUTE_EXISTS(a)", "Invalid function name; function: ATTRIBUTE_EXISTS"),
    (
        "attribute_exists(a) = :t",
        "The function is not allowed to be used this way in an expression; function: attribute_exists",
    ),
    (
        "attribute_exists(:s)",
        "Operator or function requires a document path; operator or function: attribute_exists",
    ),
    (
        "attribute_exists(size(a))",
        "Operator or function requires a document path; operator or function: attribute_exists",
    ),
    (
        "attribute_exists(a,b)",
        "Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2",
    ),
    (
        "attribute_not_exists(:s)",
        "Operator or function requires a document path; operator or function: attribute_not_exists",
    ),
    (
        "attribute_type(a,b)",
        "Incorrect operand type for operator or function; operator or function: attribute_type, operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}",
    ),
    (
        "attribute_type(a,:n)",
        "Incorrect operand type for operator or function; operator or function: attribute_type, operand type: N",
    ),
    (
        "attribute_type(a,:x)",
        "Invalid attribute type name found; type: XX, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
    ),
    (
        "attribute_type(a)",
        "Incorrect number of operands for operator or function; operator or function: attribute_type, number of operands: 1",
    ),
    (
        "attribute_type(a,size(b))",
        "Incorrect operand type for operator or function; operator or function: attribute_type, operand type: N",
    ),
    (
        "attribute_type(a,a)",
        "The first operand must be distinct from the remaining operands for this operator or function; operator: attribute_type, first operand: [a]",
    ),
    (
        "begins_with(a,:n)",
        "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N",
    ),
    (
        "begins_with(:n,a)",
        "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N",
    ),
    (
        "begins_with(a,a)",
        "The first operand must be distinct from the remaining operands for this operator or function; operator: begins_with, first operand: [a]",
    ),
    (
        "begins_with(a)",
        "Incorrect number of operands for operator or function; operator or function: begins_with, number of operands: 1",
    ),
    (
        "begins_with(size(a),:s)",
        "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N",
    ),
    (
        "begins_with(a,size(b))",
        "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N",
    ),
    (
        "begins_with(a,:ss)",
        "Incorrect operand type for operator or function; operator or function: begins_with, operand type: SS",
    ),
    (
        "contains(a,a)",
        "The first operand must be distinct from the remaining operands for this operator or function; operator: contains, first operand: [a]",
    ),
    (
        "contains(a)",
        "Incorrect number of operands for operator or function; operator or function: contains, number of operands: 1",
    ),
    (
        "contains(a,:s,:n)",
        "Incorrect number of operands for operator or function; operator or function: contains, number of operands: 3",
    ),
    (
        "a < :t",
        "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL",
    ),
    (
        "a < :z",
        "Incorrect operand type for operator or function; operator or function: <, operand type: NULL",
    ),
    (
        "a < :l",
        "Incorrect operand type for operator or function; operator or function: <, operand type: L",
    ),
    (
        "a < :ss",
        "Incorrect operand type for operator or function; operator or function: <, operand type: SS",
    ),
    (
        "a < :m",
        "Incorrect operand type for operator or function; operator or function: <, operand type: M",
    ),
    (
        ":m < a",
        "Incorrect operand type for operator or function; operator or function: <, operand type: M",
    ),
    (
        "a >= :ss",
        "Incorrect operand type for operator or function; operator or function: >=, operand type: SS",
    ),
    (
        "a > :t",
        "Incorrect operand type for operator or function; operator or function: >, operand type: BOOL",
    ),
    (
        "a BETWEEN :s AND :n",
        "The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {S:abc}, upper bound operand: AttributeValue: {N:5}",
    ),
    (
        "a BETWEEN :n2 AND :n",
        "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:7}, upper bound operand: AttributeValue: {N:5}",
    ),
    (
        "a BETWEEN :t AND :t",
        "Incorrect operand type for operator or function; operator or function: BETWEEN, operand type: BOOL",
    ),
    (
        "a BETWEEN :ss AND :ss",
        "Incorrect operand type for operator or function; operator or function: BETWEEN, operand type: SS",
    ),
    (
        "a BETWEEN a AND :s",
        "The first operand must be distinct from the remaining operands for this operator or function; operator: BETWEEN, first operand: [a]",
    ),
    (
        "a BETWEEN :s AND a",
        "The first operand must be distinct from the remaining operands for this operator or function; operator: BETWEEN, first operand: [a]",
    ),
    (
        ":t BETWEEN :s AND :s",
        "Incorrect operand type for operator or function; operator or function: BETWEEN, operand type: BOOL",
    ),
    (
        ":t BETWEEN a AND b",
        "Incorrect operand type for operator or function; operator or function: BETWEEN, operand type: BOOL",
    ),
    (
        "a IN (a)",
        "The first operand must be distinct from the remaining operands for this operator or function; operator: IN, first operand: [a]",
    ),
    (
        "a IN (b,a)",
        "The first operand must be distinct from the remaining operands for this operator or function; operator: IN, first operand: [a]",
    ),
    ("attribute_exists(a) AND foo(a)", "Invalid function name; function: foo"),
    (
        "a = begins_with(a,:s)",
        "The function is not allowed to be used this way in an expression; function: begins_with",
    ),
    (
        "begins_with(a,:s) = a",
        "The function is not allowed to be used this way in an expression; function: begins_with",
    ),
    (
        "contains(begins_with(a,:s),:s)",
        "The function is not allowed to be used this way in an expression; function: begins_with",
    ),
    (
        "size(size(a)) = :n",
        "Incorrect operand type for operator or function; operator or function: size, operand type: N",
    ),
    ("size(foo(a)) = :n", "Invalid function name; function: foo"),
    ("foo(a) AND name = :s", "Invalid function name; function: foo"),
    ("name = :s", "Attribute name is a reserved keyword; reserved keyword: name"),
    ("Name = :s", "Attribute name is a reserved keyword; reserved keyword: Name"),
    ("a.name = :s", "Attribute name is a reserved keyword; reserved keyword: name"),
    ("#n.name = :s", "Attribute name is a reserved keyword; reserved keyword: name"),
    (
        "a[99999999999999999999] = :s",
        "List index is not within the allowable range; index: [99999999999999999999]",
    ),
    ("a[2147483648] = :s", "List index is not within the allowable range; index: [2147483648]"),
    ("a = true", "Attribute name is a reserved keyword; reserved keyword: true"),
    (
        "#a.b.#c = :s",
        "An expression attribute name used in the document path is not defined; attribute name: #a",
    ),
    ("((a = :q)) AND name = :s", "The expression has redundant parentheses;"),
    ("foo(a) AND ((b = :s))", "The expression has redundant parentheses;"),
    ("name = :q", "Attribute name is a reserved keyword; reserved keyword: name"),
    ("name = #q", "Attribute name is a reserved keyword; reserved keyword: name"),
    (
        "size(a) AND name = :s",
        "The function is not allowed to be used this way in an expression; function: size",
    ),
    ("name = :s AND size(a)", "Attribute name is a reserved keyword; reserved keyword: name"),
    ("name = :s AND foo(b)", "Attribute name is a reserved keyword; reserved keyword: name"),
    ("foo(name)", "Invalid function name; function: foo"),
    (
        "a = :q AND size(a)",
        "The function is not allowed to be used this way in an expression; function: size",
    ),
    (
        "a = #q AND b < :t",
        "An expression attribute name used in the document path is not defined; attribute name: #q",
    ),
    (
        "a < :t AND b = #q",
        "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL",
    ),
    (
        "a < :t AND b = a AND a = a",
        "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL",
    ),
    (
        "a = a AND b < :t",
        "The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [a]",
    ),
    (
        "a BETWEEN a AND a",
        "The first operand must be distinct from the remaining operands for this operator or function; operator: BETWEEN, first operand: [a]",
    ),
    (
        "a BETWEEN :t AND a",
        "Incorrect operand type for operator or function; operator or function: BETWEEN, operand type: BOOL",
    ),
    (
        "contains(a,a,a)",
        "Incorrect number of operands for operator or function; operator or function: contains, number of operands: 3",
    ),
    (
        "contains(a,a) AND contains(a)",
        "The first operand must be distinct from the remaining operands for this operator or function; operator: contains, first operand: [a]",
    ),
    (
        "begins_with(a,:n,:n)",
        "Incorrect number of operands for operator or function; operator or function: begins_with, number of operands: 3",
    ),
    (
        "a = :q AND b[999999999999999999999999999999] = :s",
        "List index is not within the allowable range; index: [999999999999999999999999999999]",
    ),
    (
        "name.b[999999999999999999999999999999] = :s",
        "Attribute name is a reserved keyword; reserved keyword: name",
    ),
    (
        "a.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b = :s AND name = :s",
        "Attribute name is a reserved keyword; reserved keyword: name",
    ),
    (
        "a.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b = :s AND foo(name)",
        "Invalid function name; function: foo",
    ),
    (
        "a.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b = :q",
        "The document path has too many nesting levels; nesting levels: 34",
    ),
    (
        "size(:n) = :q",
        "Incorrect operand type for operator or function; operator or function: size, operand type: N",
    ),
    (
        "size(:n, :q) = a",
        "An expression attribute value used in expression is not defined; attribute value: :q",
    ),
    (
        "attribute_exists(:q)",
        "An expression attribute value used in expression is not defined; attribute value: :q",
    ),
    (
        "attribute_exists(a, :q)",
        "An expression attribute value used in expression is not defined; attribute value: :q",
    ),
    (
        "attribute_type(a,:q)",
        "An expression attribute value used in expression is not defined; attribute value: :q",
    ),
    (
        "NOT (size(a))",
        "The function is not allowed to be used this way in an expression; function: size",
    ),
    ("(foo(a))", "Invalid function name; function: foo"),
    ("size(((a))) = :n", "The expression has redundant parentheses;"),
];

/// Texts with nothing wrong, as the service's local edition has it.
const TAKEN: &[&str] = &[
    "(a = :s)",
    "((a = :s) AND n = :n)",
    "(a) = :s",
    "a = (:s)",
    "NOT (a = :s)",
    "NOT NOT a = :s",
    "not a = :s",
    "a = b",
    "size(a) = size(a)",
    "size(a) = a",
    ":s = :s",
    ":s = :e",
    "size(a) = :n",
    "size(:s) = :n",
    "size(:l) = :n",
    "attribute_type(a,:S)",
    "attribute_type(:s,:S)",
    "begins_with(a,:s)",
    "begins_with(:s,:s)",
    "begins_with(:s,:b)",
    "contains(a,:s)",
    "contains(:s,:s)",
    "contains(:n,a)",
    "contains(:m,a)",
    "contains(:t,a)",
    "contains(:z,a)",
    "contains(:l,a)",
    "contains(a,:m)",
    "contains(a,:l)",
    "contains(a,:ss)",
    "contains(a,:t)",
    "contains(a, size(b))",
    "contains(size(a),b)",
    "contains(:ss,:n)",
    "a = :t",
    "a = :m",
    "a <> :z",
    "a BETWEEN :n AND :n2",
    "a BETWEEN :n AND :n",
    "a BETWEEN b AND b",
    "a BETWEEN b AND c",
    ":s BETWEEN :s AND :s",
    ":n BETWEEN :s AND :s",
    "size(a) BETWEEN :n AND :n2",
    "size(a) BETWEEN size(a) AND :n",
    "a BETWEEN size(b) AND :s",
    "a between :n and :n2",
    "a IN (:s)",
    "a IN ((:s))",
    "a in (:s,:n)",
    "a IN (b,b)",
    "a IN (size(b))",
    "size(a) IN (:n)",
    ":s IN (a,b)",
    "a IN (:t,:m)",
    "a.b.c = :s",
    "a[0][1] = :s",
    "a[ 0 ] = :s",
    "a [0] = :s",
    "a . b = :s",
    "a_ = :s",
    "a <> :s",
    "a=:s",
    "a\t=\n:s\r",
    "a = :s AND b = :n OR NOT c = :n2",
    "(size(a)) = :n",
    "size((a)) = :n",
    "attribute_exists((a))",
    "(a) IN ((b))",
    "a BETWEEN (b) AND (c)",
];
