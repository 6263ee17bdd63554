package main

// The header lines of framing.go: names, and the values of Connection and Content-Length.

const maxWordBytes = len("transfer-encoding")

// word collects a short lower-case text. One that is longer than every word of interest is equal to
// none of them.
type word struct {
	text   [maxWordBytes]byte
	length uint8
}

func (w *word) add(b byte) {
	if int(w.length) < maxWordBytes {
		w.text[w.length] = lower(b)
	}
	if int(w.length) <= maxWordBytes {
		w.length++
	}
}

func (w *word) spoil() { w.length = uint8(maxWordBytes + 1) }

func (w *word) is(text string) bool {
	return int(w.length) <= maxWordBytes && string(w.text[:w.length]) == text
}

func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + ('a' - 'A')
	}
	return b
}

func (f *framing) onHeaderStart(b byte) {
	if b == '\r' {
		f.state = headLF
		return
	}
	f.word.length = 0
	f.state = name
	f.onName(b)
}

func (f *framing) onName(b byte) {
	switch {
	case b == ':' && f.word.length > 0:
		f.startValue()
	case !is(b, tokenByte):
		f.refuse(400)
	default:
		f.word.add(b)
	}
}

func (f *framing) startValue() {
	f.state = valueStart
	f.header = otherHeader
	f.gap = false
	switch {
	case f.word.is("host"):
		if f.hasHost {
			f.refuse(400)
		}
		f.hasHost = true
	case f.word.is("transfer-encoding"):
		f.hasTransfer = true
	case f.word.is("connection"):
		f.header = connectionHeader
		f.word.length = 0
	case f.word.is("content-length"):
		f.header = lengthHeader
		f.lengthSeen = 0
		f.digits = 0
	}
}

func (f *framing) onValue(b byte) {
	if b == '\r' {
		f.endValue()
		return
	}
	if !is(b, valueByte) {
		f.refuse(400)
		return
	}
	switch f.header {
	case connectionHeader:
		f.onConnection(b)
	case lengthHeader:
		f.onLength(b)
	case otherHeader:
	}
}

func (f *framing) endValue() {
	f.state = lineLF
	switch f.header {
	case connectionHeader:
		f.endConnectionToken()
	case lengthHeader:
		f.endLength()
	case otherHeader:
	}
}

func (f *framing) onConnection(b byte) {
	switch {
	case b == ',':
		f.endConnectionToken()
	case b == ' ' || b == '\t':
		f.gap = f.word.length > 0
	case f.gap:
		f.word.spoil() // two words are not one of our tokens
	default:
		f.word.add(b)
	}
}

func (f *framing) endConnectionToken() {
	f.asksClose = f.asksClose || f.word.is("close")
	f.asksKeep = f.asksKeep || f.word.is("keep-alive")
	f.word.length = 0
	f.gap = false
}

func (f *framing) onLength(b byte) {
	if b == ' ' || b == '\t' {
		f.gap = true
		return
	}
	if b < '0' || b > '9' || f.gap || f.digits == maxLengthDigits {
		f.refuse(400)
		return
	}
	f.lengthSeen = f.lengthSeen*10 + int64(b-'0')
	f.digits++
}

func (f *framing) endLength() {
	if f.digits == 0 || f.hasLength && f.lengthSeen != f.length {
		f.refuse(400)
		return
	}
	f.hasLength = true
	f.length = f.lengthSeen
}
