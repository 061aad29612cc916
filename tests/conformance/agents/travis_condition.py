"""Travis CI's language of conditions: reads them, and says whether they hold."""

import re

# https://docs.travis-ci.com/user/conditions-v1
TOKEN = re.compile(
    r"""\s*(?:(?P<regex>/(?:[^/\\]|\\.)*/)|(?P<text>'[^']*'|"[^"]*")|(?P<operator>=~|!~|!=|=|\(|\)|,)
    |(?P<word>[^\s()=!~,'"/]+))""",
    re.VERBOSE,
)


class Condition:
    """A condition, read by the grammar of its language; `wrong` is where the reader gave up, or None."""

    def __init__(self, text):
        self.tokens, self.tree, self.wrong, position = [], None, None, 0
        while text[position:].strip():
            match = TOKEN.match(text, position)
            if match is None:
                self.wrong = text[position:]
                return
            self.tokens.append((match.lastgroup, match[0].strip()))
            position = match.end()
        try:
            self.tree = self.alternatives()
            self.wrong = " ".join(text for _, text in self.tokens) or None
        except IndexError:
            self.wrong = "its end"
        except SyntaxError as error:
            self.wrong = str(error)

    def holds(self, known):
        """Whether the condition holds, given `type`, `branch`, `tag` and the environment."""
        return self.tree(known)

    def take(self, *texts):
        """The next token if it is one of these (whatever their case), else None."""
        if self.tokens and self.tokens[0][1].upper() in texts:
            return self.tokens.pop(0)[1].upper()
        return None

    def expect(self, *texts):
        """The next token, which must be one of these."""
        if not self.take(*texts):
            raise SyntaxError(" ".join(text for _, text in self.tokens) or "its end")

    def operand(self, *kinds):
        """The next token, which must be of one of these kinds; `env(NAME)` reads the environment."""
        kind, text = self.tokens.pop(0)
        if kind not in kinds or text.upper() in ("AND", "OR", "NOT", "IN", "IS"):
            raise SyntaxError(text)
        if kind == "word" and self.take("("):
            (name,) = self.list()
            if text != "env":
                raise SyntaxError(text)
            return lambda known: known.get(name({}), "")
        if kind == "word":
            return lambda known: known.get(text, text)
        return lambda known: text[1:-1]

    def list(self):
        """Operands between commas, up to the closing parenthesis."""
        found = [self.operand("word", "text")]
        while self.take(","):
            found.append(self.operand("word", "text"))
        self.expect(")")
        return found

    def alternatives(self):
        """Terms between OR, which binds less than AND."""
        found = [self.conjunction()]
        while self.take("OR"):
            found.append(self.conjunction())
        return lambda known: any(it(known) for it in found)

    def conjunction(self):
        """Terms between AND."""
        found = [self.term()]
        while self.take("AND"):
            found.append(self.term())
        return lambda known: all(it(known) for it in found)

    def term(self):
        """One comparison, or a condition in parentheses."""
        if self.take("NOT"):
            negated = self.term()
            return lambda known: not negated(known)
        if self.take("("):
            inner = self.alternatives()
            self.expect(")")
            return inner
        left = self.operand("word", "text")
        if operator := self.take("=~", "!~"):
            pattern = self.operand("regex")
            return lambda known: (re.search(pattern(known), left(known)) is not None) == (operator == "=~")
        if operator := self.take("=", "!="):
            right = self.operand("word", "text")
            return lambda known: (left(known) == right(known)) == (operator == "=")
        if self.take("IS"):
            negated = self.take("NOT") is not None
            blank = self.tokens[0][1].upper() == "BLANK"
            self.expect("BLANK", "PRESENT")
            return lambda known: ((left(known) == "") == blank) != negated
        negated = self.take("NOT") is not None
        self.expect("IN")
        self.expect("(")
        values = self.list()
        return lambda known: (left(known) in [it(known) for it in values]) != negated
