module iomodels/go-reference

// 1.19 is what Debian 12 ships, and every later Go builds it. It is also a measuring decision: with 1.24 or more here,
// net.Listen would open MPTCP sockets, and this server would not speak the same TCP as the others.
go 1.19
