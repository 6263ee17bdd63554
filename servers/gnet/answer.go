package main

import (
	"strconv"
	"time"
)

const (
	greeting       = "I am server!"
	maxWorkUs      = 1_000_000
	maxAnswerBytes = 160 // longer than the longest
)

// answer does what a complete request asks for.
func answer(r *request) (status int, body string) {
	if !r.isGet {
		return 405, ""
	}
	if string(r.target) == "/" {
		return 200, greeting
	}
	if us, ok := parameter(r.target, "/work?us=", maxWorkUs); ok {
		burnCPU(time.Duration(us) * time.Microsecond)
		return 200, greeting
	}
	return 404, ""
}

// parameter returns the number that follows prefix in target, when that is all of it: decimal
// digits, at most max.
func parameter(target []byte, prefix string, max int) (number int, ok bool) {
	if !startsWith(target, prefix) || len(target) == len(prefix) {
		return 0, false
	}
	for _, b := range target[len(prefix):] {
		if b < '0' || b > '9' {
			return 0, false
		}
		if number = number*10 + int(b-'0'); number > max {
			return 0, false
		}
	}
	return number, true
}

func reason(status int) string {
	switch status {
	case 200:
		return "200 OK"
	case 400:
		return "400 Bad Request"
	case 404:
		return "404 Not Found"
	case 405:
		return "405 Method Not Allowed"
	case 431:
		return "431 Request Header Fields Too Large"
	case 501:
		return "501 Not Implemented"
	}
	panic("an answer without a reason")
}

// appendHead appends status line and headers of an answer. The order of the header lines is part of
// the protocol.
func appendHead(p []byte, status, length int, last bool) []byte {
	p = append(p, "HTTP/1.1 "...)
	p = append(p, reason(status)...)
	p = append(p, "\r\nContent-Type: text/plain\r\nContent-Length: "...)
	p = strconv.AppendInt(p, int64(length), 10)
	if status == 405 {
		p = append(p, "\r\nAllow: GET"...)
	}
	if last {
		p = append(p, "\r\nConnection: close"...)
	}
	return append(p, "\r\n\r\n"...)
}
