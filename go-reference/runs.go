package main

// Runs: takes the bytes that most heads are made of together, with the outcome that step would have
// byte by byte. The native servers' framing does the same, so that parsers do not affect the ratio
// to them.

// class says where a byte may occur.
type class uint8

const (
	tokenByte  class = 1 << iota // RFC 9110, section 5.6.2
	targetByte                   // of a request line
	valueByte                    // of a header
)

var classes = func() (all [256]class) {
	for i := range all {
		b := byte(i)
		if c := lower(b); 'a' <= c && c <= 'z' || '0' <= c && c <= '9' {
			all[i] |= tokenByte
		}
		if 0x21 <= b && b <= 0x7e {
			all[i] |= targetByte
		}
		if b == '\t' || b >= 0x20 && b != 0x7f {
			all[i] |= valueByte
		}
	}
	for _, b := range []byte("!#$%&'*+-.^_`|~") {
		all[b] |= tokenByte
	}
	return all
}()

func is(b byte, wanted class) bool { return classes[b]&wanted != 0 }

// span is how many bytes at the front of p are of that class.
func span(p []byte, wanted class) int {
	for i, b := range p {
		if classes[b]&wanted == 0 {
			return i
		}
	}
	return len(p)
}

func startsWith(p []byte, prefix string) bool {
	return len(p) >= len(prefix) && string(p[:len(prefix)]) == prefix
}

// takeRun takes bytes of the head from the front of p, which is not empty, and returns how many. It
// may take none; the byte at which it stops is left to step, and so is all that is wrong.
func (f *framing) takeRun(p []byte) int {
	switch f.state {
	case lineStart:
		return f.takeMethod(p)
	case target:
		return f.takeTarget(p)
	case version:
		return f.takeVersion(p)
	case headerStart:
		if !is(p[0], tokenByte) {
			return 0
		}
		f.word.length = 0
		f.state = name
		return f.takeName(p)
	case name:
		return f.takeName(p)
	case value:
		if f.header == otherHeader {
			return f.takeValue(p)
		}
	}
	return 0
}

func (f *framing) takeMethod(p []byte) int {
	const get = "GET "
	if !startsWith(p, get) {
		return 0
	}
	f.isGet = true
	f.methodBytes = 3
	f.state = target
	return len(get)
}

func (f *framing) takeTarget(p []byte) int {
	n := span(p, targetByte)
	length := int(f.targetBytes)
	if length < maxTargetBytes {
		copy(f.targetText[length:], p[:n])
	}
	if length += n; length > maxTargetBytes {
		length = maxTargetBytes + 1
	}
	f.targetBytes = uint8(length)
	return n
}

func (f *framing) takeVersion(p []byte) int {
	const newest = "HTTP/1.1\r\n"
	if f.versionBytes != 0 || !startsWith(p, newest) {
		return 0
	}
	f.state = headerStart
	return len(newest)
}

func (f *framing) takeName(p []byte) int {
	for i, b := range p {
		if !is(b, tokenByte) {
			return i
		}
		f.word.add(b)
	}
	return len(p)
}

func (f *framing) takeValue(p []byte) int {
	const end = "\r\n"
	n := span(p, valueByte)
	if !startsWith(p[n:], end) {
		return n
	}
	f.state = headerStart
	return n + len(end)
}
