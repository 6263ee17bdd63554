package main

// HTTP/1.1 request framing (docs/PROTOCOL.md, section 3): bytes in, requests out. No I/O, no
// allocation. How TCP split the bytes makes no difference, because each byte goes through step, or
// through a run (runs.go) that comes to the same. After `rejected` a framing is done.
//
//	state        waits for                         next
//	lineStart    first byte of a request line      method, lineStartLF (empty line), target
//	method       token                             target at SP
//	target       printable text                    version at SP
//	version      HTTP/1.0 or HTTP/1.1, then CR     lineLF
//	lineLF       LF of the request or header line  headerStart
//	headerStart  a name, or the empty line's CR    name, headLF
//	name         token                             valueStart at ':'
//	valueStart   optional white space              value
//	value        text, up to CR                    lineLF
//	headLF       LF of the empty line              body, complete
//	body         Content-Length bytes              complete
//	complete     the next call of next             lineStart
type state uint8

const (
	lineStart state = iota
	lineStartLF
	method
	target
	version
	lineLF
	headerStart
	name
	valueStart
	value
	headLF
	body // every state before this one is in the head
	complete
	refused
)

// event is what a call of next came to.
type event uint8

const (
	needMore        event = iota // the input is used up
	requestComplete              // request holds it; the input holds what follows it
	rejected                     // status says how to refuse: 400, 431 or 501; then close
)

// header distinguishes the headers whose values matter.
type header uint8

const (
	otherHeader header = iota
	connectionHeader
	lengthHeader
)

const (
	maxHeadBytes    = 8192
	maxBodyBytes    = 1 << 20
	maxEmptyLines   = 4
	maxMethodBytes  = 16
	maxLengthDigits = 18
	maxTargetBytes  = 64 // a longer target matches nothing that is served
)

// request is what a server needs of a complete request.
type request struct {
	isGet  bool
	isPost bool   // neither: another method
	close  bool   // the connection ends after the answer
	target []byte // empty when it is longer than maxTargetBytes; valid until the next call of next
}

type framing struct {
	request request
	status  int // of the refusal, after rejected

	state        state
	header       header
	emptyLines   uint8
	methodBytes  uint8
	versionBytes uint8
	targetBytes  uint8 // maxTargetBytes + 1 once it is too long
	digits       uint8 // of the Content-Length being read
	headBytes    uint16
	isHTTP10     bool
	isGet        bool
	isPost       bool
	hasHost      bool
	hasTransfer  bool
	hasLength    bool
	asksClose    bool
	asksKeep     bool
	gap          bool // white space followed the digits of Content-Length or a token of Connection
	length       int64
	lengthSeen   int64 // the value of the Content-Length being read
	bodyLeft     int64
	word         word // header name, or token of Connection
	targetText   [maxTargetBytes]byte
}

// next consumes bytes from the front of input until something happens.
func (f *framing) next(input *[]byte) event {
	if f.state == complete {
		*f = framing{}
	}
	p := *input
	for len(p) > 0 && f.state < body {
		p = p[f.takeHead(p):]
	}
	if f.state == body {
		n := f.bodyLeft
		if n > int64(len(p)) {
			n = int64(len(p))
		}
		p = p[n:]
		f.bodyLeft -= n
		if f.bodyLeft == 0 {
			f.state = complete
		}
	}
	*input = p
	switch f.state {
	case complete:
		return requestComplete
	case refused:
		return rejected
	default:
		return needMore
	}
}

// takeHead takes a run of bytes of the head, the byte after it, or both, and returns how many those
// are: at least one.
func (f *framing) takeHead(p []byte) int {
	if f.headBytes == maxHeadBytes {
		f.refuse(431)
		return 1
	}
	if left := maxHeadBytes - int(f.headBytes); len(p) > left {
		p = p[:left]
	}
	n := f.takeRun(p)
	if n < len(p) {
		f.step(p[n])
		n++
	}
	f.headBytes += uint16(n)
	return n
}

// step takes one byte of the head.
func (f *framing) step(b byte) {
	switch f.state {
	case lineStart:
		f.onLineStart(b)
	case lineStartLF:
		f.expect(b, '\n', lineStart)
	case method:
		f.onMethod(b)
	case target:
		f.onTarget(b)
	case version:
		f.onVersion(b)
	case lineLF:
		f.expect(b, '\n', headerStart)
	case headerStart:
		f.onHeaderStart(b)
	case name:
		f.onName(b)
	case valueStart:
		if b != ' ' && b != '\t' {
			f.state = value
			f.onValue(b)
		}
	case value:
		f.onValue(b)
	case headLF:
		if b == '\n' {
			f.endHead()
		} else {
			f.refuse(400)
		}
	default:
		panic("framing: a head byte outside the head")
	}
}

func (f *framing) refuse(status int) {
	f.status = status
	f.state = refused
}

func (f *framing) expect(b, wanted byte, next state) {
	if b != wanted {
		f.refuse(400)
		return
	}
	f.state = next
}

func (f *framing) onLineStart(b byte) {
	if b != '\r' {
		f.state = method
		f.isGet, f.isPost = true, true
		f.onMethod(b)
		return
	}
	f.emptyLines++
	if f.emptyLines > maxEmptyLines {
		f.refuse(400)
		return
	}
	f.state = lineStartLF
}

func (f *framing) onMethod(b byte) {
	if b == ' ' && f.methodBytes > 0 {
		f.isGet = f.isGet && f.methodBytes == 3
		f.isPost = f.isPost && f.methodBytes == 4
		f.state = target
		return
	}
	if !is(b, tokenByte) || f.methodBytes == maxMethodBytes {
		f.refuse(400)
		return
	}
	f.isGet = f.isGet && f.methodBytes < 3 && b == "GET"[f.methodBytes]
	f.isPost = f.isPost && f.methodBytes < 4 && b == "POST"[f.methodBytes]
	f.methodBytes++
}

func (f *framing) onTarget(b byte) {
	if b == ' ' && f.targetBytes > 0 {
		f.state = version
		return
	}
	if !is(b, targetByte) {
		f.refuse(400)
		return
	}
	if f.targetBytes < maxTargetBytes {
		f.targetText[f.targetBytes] = b
	}
	if f.targetBytes <= maxTargetBytes {
		f.targetBytes++
	}
}

func (f *framing) onVersion(b byte) {
	const prefix = "HTTP/1."
	switch at := int(f.versionBytes); {
	case at < len(prefix):
		if b != prefix[at] {
			f.refuse(400)
		}
	case at == len(prefix):
		f.isHTTP10 = b == '0'
		if b != '0' && b != '1' {
			f.refuse(400)
		}
	default:
		f.expect(b, '\r', lineLF)
	}
	f.versionBytes++
}

func (f *framing) endHead() {
	switch {
	case !f.hasHost && !f.isHTTP10:
		f.refuse(400)
	case f.hasTransfer && (f.hasLength || f.isHTTP10):
		f.refuse(400)
	case f.hasTransfer:
		f.refuse(501)
	case f.length > maxBodyBytes:
		f.refuse(431)
	default:
		f.acceptHead()
	}
}

func (f *framing) acceptHead() {
	f.request.isGet, f.request.isPost = f.isGet, f.isPost
	f.request.close = f.asksClose || f.isHTTP10 && !f.asksKeep
	if f.targetBytes <= maxTargetBytes {
		f.request.target = f.targetText[:f.targetBytes]
	}
	f.bodyLeft = f.length
	f.state = body
}
