// The connection loop, written once in straight lines: read, answer, write.
//
// It is compiled against two kinds of connection. A blocking one makes the thread wait in the
// kernel; a coroutine one parks the coroutine. Conn needs:
//   IoResult read(void*, size_t)         waits for at least one byte; never again
//   bool write(const void*, size_t)      writes everything; false when the connection is gone
//   void sleep_ms(uint32_t)              waits
//   void shutdown_write()
//   Upstream                             a connection to another server: read and write as above;
//                                        ends with its object
//   unique_ptr<Upstream> dial(const sockaddr_in&)   waits until it is there; null when it fails
//
// Buffers are in the frame, unless Conn has a kind of its own, one that it need not hold while it
// waits. Then it needs:
//   Buffer                               data() and size(), as below; release() says that nothing
//                                        of it is needed until the next data()
//   IoResult read(Buffer&)               in place of the other read; data() has the bytes
#pragma once

#include <memory>

#include "answer.hpp"
#include "framing.hpp"
#include "inject.hpp"
#include "io.hpp"
#include "upstream.hpp"

namespace iomodels {

inline constexpr std::size_t kReadBufferBytes = 1024;
inline constexpr std::size_t kOutputBufferBytes = 1024;
inline constexpr std::size_t kMaxLingerBytes = 65536;

template <std::size_t bytes>
struct FrameBuffer {
  char place[bytes];

  char* data() { return place; }
  static constexpr std::size_t size() { return bytes; }
  void release() {}
};

template <class Conn, std::size_t bytes>
struct BufferOf {
  using Type = FrameBuffer<bytes>;
};
template <class Conn, std::size_t bytes>
requires requires { typename Conn::Buffer; }
struct BufferOf<Conn, bytes> {
  using Type = typename Conn::Buffer;
  static_assert(Type::size() == bytes);
};
template <class Conn>
using ReadBuffer = typename BufferOf<Conn, kReadBufferBytes>::Type;
template <class Conn>
using OutputBuffer = typename BufferOf<Conn, kOutputBufferBytes>::Type;

template <class Conn>
IoResult read(Conn& conn, FrameBuffer<kReadBufferBytes>& buffer) {
  return conn.read(buffer.data(), buffer.size());
}
template <class Conn>
IoResult read(Conn& conn, typename Conn::Buffer& buffer) {
  return conn.read(buffer);
}

// Whether an answer's head, with its body when that is a greeting, still goes into an output buffer
// that holds used bytes.
inline bool fits_output(const Answer& answer, std::size_t head_bytes, std::size_t used) {
  const std::size_t body_bytes = answer.body_bytes <= kGreeting.size() ? answer.body_bytes : 0;
  return used + head_bytes + body_bytes <= kOutputBufferBytes;
}

// /relay for one client connection: asks the upstream over a connection of its own, which is kept.
template <class Conn>
class Relay {
 public:
  using Event = UpstreamReply::Event;

  // Gives answer the upstream's status and body; 502 stays on failure. The body is valid until the
  // next call.
  void ask(Conn& conn, Answer& answer) {
    // The upstream may have closed a kept connection meanwhile: then the request is sent once more.
    Event event = exchange();
    if (event == Event::need_more) {
      upstream_.reset();
      upstream_ = conn.dial(upstream_server().address);
      event = exchange();
    }
    if (event == Event::complete) reply_.forward_to(answer);
    if (event != Event::complete || !reply_.keeps_open()) upstream_.reset();
  }

 private:
  // need_more: there is no connection, or it ended before the answer did. Not inlined, so that
  // connections which do not relay have no frame with its buffer.
  [[gnu::noinline]] Event exchange() {
    const std::string& request = upstream_server().request;
    if (!upstream_ || !upstream_->write(request.data(), request.size())) return Event::need_more;
    reply_.start();
    char buffer[kReadBufferBytes];
    for (;;) {
      const IoResult got = upstream_->read(buffer, sizeof buffer);
      if (got.status != Io::ok) return Event::need_more;
      const Event event = reply_.take(std::string_view(buffer, got.bytes));
      if (event != Event::need_more) return event;
    }
  }

  std::unique_ptr<typename Conn::Upstream> upstream_;
  UpstreamReply reply_;
};

// Collects answers, so that the requests of one read are answered by one write.
template <class Conn>
class Output {
 public:
  explicit Output(Conn& conn) : conn_(conn) {}

  bool send(Answer& answer) {
    if (answer.waits() && !wait(answer)) return false;
    char head[kMaxAnswerHeadBytes];
    const std::size_t head_bytes = write_head(answer, head);
    if (!fits_output(answer, head_bytes, used_) && !flush()) return false;
    __builtin_memcpy(buffer_.data() + used_, head, head_bytes);
    used_ += head_bytes;
    return answer.body_bytes <= kOutputBufferBytes - used_ ? append_body(answer)
                                                           : write_body(answer);
  }

  bool flush() {
    if (used_ == 0) return true;
    const bool is_written = conn_.write(buffer_.data(), used_);
    used_ = 0;
    buffer_.release();
    return is_written;
  }

 private:
  bool wait(Answer& answer) {
    if (!flush()) return false;
    if (answer.wait_ms > 0) conn_.sleep_ms(answer.wait_ms);
    if (!answer.asks_upstream) return true;
    if (!relay_) relay_ = std::make_unique<Relay<Conn>>();
    relay_->ask(conn_, answer);
    return true;
  }

  bool append_body(const Answer& answer) {
    if (answer.body_bytes == 0) return true;
    const std::string_view body = body_chunk(answer, 0);
    __builtin_memcpy(buffer_.data() + used_, body.data(), body.size());
    used_ += body.size();
    return true;
  }

  bool write_body(const Answer& answer) {
    if (!flush()) return false;
    for (std::uint32_t offset = 0; offset < answer.body_bytes;) {
      const std::string_view chunk = body_chunk(answer, offset);
      if (!conn_.write(chunk.data(), chunk.size())) return false;
      offset += static_cast<std::uint32_t>(chunk.size());
    }
    return true;
  }

  Conn& conn_;
  std::unique_ptr<Relay<Conn>> relay_;  // of the first /relay on
  std::size_t used_ = 0;
  OutputBuffer<Conn> buffer_;
};

// Answers every request that input completes. False when the connection must end.
template <class Conn>
bool answer_all(std::string_view input, Framing& framing, Output<Conn>& output) {
  for (;;) {
    Answer reply;
    switch (framing.next(input)) {
      case Framing::Event::need_more: return output.flush();
      case Framing::Event::request: reply = answer(framing.request()); break;
      case Framing::Event::rejected: reply = answer_rejected(framing.status()); break;
    }
    if (!output.send(reply)) return false;
    if (reply.close) return output.flush() && false;
  }
}

// Ends the sending side and reads what the peer still sends, so that closing does not reset the
// connection before the peer has read the last answer.
template <class Conn>
void linger(Conn& conn, ReadBuffer<Conn>& buffer) {
  conn.shutdown_write();
  for (std::size_t seen = 0; seen < kMaxLingerBytes;) {
    const IoResult got = read(conn, buffer);
    if (got.status != Io::ok) return;
    seen += got.bytes;
  }
}

// Serves one connection in http mode until it ends.
template <class Conn>
void process(Conn& conn) {
  Framing framing;
  Output<Conn> output(conn);
  ReadBuffer<Conn> buffer;
  for (;;) {
    const IoResult got = read(conn, buffer);
    if (got.status != Io::ok) return;
    if (!answer_all(std::string_view(buffer.data(), got.bytes), framing, output)) {
      return linger(conn, buffer);
    }
  }
}

// Serves one connection in greeting mode, the protocol of the article: read, write, done.
template <class Conn>
void greet(Conn& conn) {
  ReadBuffer<Conn> buffer;
  if (read(conn, buffer).status != Io::ok) return;
  count_request();
  conn.write(kGreeting.data(), kGreeting.size());
}

}  // namespace iomodels
