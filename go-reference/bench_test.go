package main

import (
	"net"
	"testing"
)

// What a load generator sends, and what a browser does.
var benchmarkHeads = map[string]string{
	"small": "GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n",
	"browser": "GET /bytes?n=1024 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nConnection: keep-alive\r\n" +
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n" +
		"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n" +
		"Accept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n" +
		"Upgrade-Insecure-Requests: 1\r\nSec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\n\r\n",
}

func BenchmarkFraming(b *testing.B) {
	for name, text := range benchmarkHeads {
		head := []byte(text)
		b.Run(name, func(b *testing.B) {
			var f framing
			b.ReportAllocs()
			for i := 0; i < b.N; i++ {
				input := head
				if f.next(&input) != requestComplete || len(input) != 0 {
					b.Fatal("not one request")
				}
			}
		})
	}
}

// requestAllocations counts what asking for target allocates, in both ends together; the client's
// share is nothing.
func requestAllocations(t *testing.T, target, upstream string, answerBytes int) float64 {
	t.Helper()
	client := startProcess(t, upstream)
	request := []byte("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n")
	answer := make([]byte, answerBytes)
	ask := func() {
		if _, err := client.Write(request); err != nil {
			t.Fatal(err)
		}
		for got := 0; got < len(answer); {
			n, err := client.Read(answer[got:])
			if err != nil {
				t.Fatal(err)
			}
			got += n
		}
	}
	ask()
	return testing.AllocsPerRun(200, ask)
}

// startProcess serves one connection and returns its other end.
func startProcess(t *testing.T, upstream string) net.Conn {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(options{mode: "http", upstream: upstream})
	served := make(chan struct{})
	go func() {
		serve(ln, s)
		close(served)
	}()
	client, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Close()
		ln.Close()
		<-served
		<-s.stopConnections()
	})
	return client
}

func TestRequestsAllocateNothing(t *testing.T) {
	upstream := listenForRelay(t)
	const head = len("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: \r\n\r\n")
	for _, c := range []struct {
		target string
		bytes  int
	}{
		{"/", head + 2 + 12},
		{"/work?us=1", head + 2 + 12},
		{"/bytes?n=100000", head + 6 + 100000},
		{"/relay", head + 2 + 12},
		{"/nowhere", len("HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n")},
	} {
		if got := requestAllocations(t, c.target, upstream, c.bytes); got >= 1 {
			t.Errorf("%s: %v allocations per request", c.target, got)
		}
	}
}

// listenForRelay is another of these servers, for /relay to ask.
func listenForRelay(t *testing.T) string {
	t.Helper()
	return startProcess(t, "").RemoteAddr().String()
}
