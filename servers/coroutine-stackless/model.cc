// C++20 coroutines on epoll: listen, accept, process, as in the article, with co_await wherever a
// blocking server waits. One event loop per CPU; the first one accepts, and deals out in turn.
#include <pthread.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include "answer_buffer.hpp"
#include "core/server.hpp"
#include "loop.hpp"
#include "relay.hpp"
#include "stream.hpp"
#include "task.hpp"

namespace iomodels {
namespace {

using Loops = std::vector<std::unique_ptr<Loop>>;

// The answer to the next request that input completes.
std::optional<Answer> next_answer(Framing& framing, std::string_view& input) {
  switch (framing.next(input)) {
    case Framing::Event::need_more: return std::nullopt;
    case Framing::Event::request: return answer(framing.request());
    case Framing::Event::rejected: return answer_rejected(framing.status());
  }
  __builtin_unreachable();
}

// Serves one connection in http mode until it ends: process of core/process.hpp, in one piece.
Detached process(std::unique_ptr<Stream> conn, Loop& loop) {
  const bool is_joined = co_await conn->join(loop);
  if (!is_joined) co_return;
  Framing framing;
  AnswerBuffer output;
  std::unique_ptr<UpstreamRelay> relay;  // of the first /relay on
  char buffer[kReadBufferBytes];
  for (bool is_last = false; !is_last;) {
    const IoResult got = co_await conn->read(buffer, sizeof buffer);
    if (got.status != Io::ok) co_return;
    std::string_view input(buffer, got.bytes);
    while (!is_last) {
      std::optional<Answer> reply = next_answer(framing, input);
      if (!reply) break;
      is_last = reply->close;
      if (reply->waits()) {
        const bool is_written = co_await conn->write(output.take());
        if (!is_written) co_return;
        co_await loop.sleep(reply->wait_ms);
        if (reply->asks_upstream) {
          if (!relay) relay = std::make_unique<UpstreamRelay>();
          (void)co_await relay->ask(loop, *reply);
        }
      }
      if (!output.add_head(*reply)) {
        const bool is_written = co_await conn->write(output.take());
        if (!is_written) co_return;
        output.add_head(*reply);
      }
      if (output.add_body(*reply)) continue;
      bool is_written = co_await conn->write(output.take());
      for (std::uint32_t offset = 0; is_written && offset < reply->body_bytes;) {
        const std::string_view chunk = body_chunk(*reply, offset);
        is_written = co_await conn->write(chunk);
        offset += static_cast<std::uint32_t>(chunk.size());
      }
      if (!is_written) co_return;
    }
    const bool is_written = co_await conn->write(output.take());
    if (!is_written) co_return;
  }
  // Reads what the peer still sends, so that closing does not reset the connection before the peer
  // has read the last answer.
  sys::shutdown_write(conn->number());
  for (std::size_t seen = 0; seen < kMaxLingerBytes;) {
    const IoResult got = co_await conn->read(buffer, sizeof buffer);
    if (got.status != Io::ok) co_return;
    seen += got.bytes;
  }
}

// Serves one connection in greeting mode, the protocol of the article: read, write, done.
Detached greet(std::unique_ptr<Stream> conn, Loop& loop) {
  const bool is_joined = co_await conn->join(loop);
  if (!is_joined) co_return;
  char buffer[kReadBufferBytes];
  const IoResult got = co_await conn->read(buffer, sizeof buffer);
  if (got.status != Io::ok) co_return;
  count_request();
  (void)co_await conn->write(kGreeting);
}

Detached accept_connections(int number, Loops& loops, Mode mode) {
  Stream listener(number, Stream::Kind::listener);
  const bool is_joined = co_await listener.join(*loops[0]);
  if (!is_joined) Server::fail(std::string("cannot watch the listener: ") + std::strerror(errno));
  for (std::size_t next = 0;;) {
    const AcceptResult accepted = co_await listener.accept();
    if (accepted.status == Io::ok) {
      sys::set_connection_options(accepted.fd);
      auto conn = std::make_unique<Stream>(accepted.fd, Stream::Kind::connection);
      Loop& loop = *loops[next++ % loops.size()];
      mode == Mode::http ? process(std::move(conn), loop) : greet(std::move(conn), loop);
    } else if (sys::accept_may_recover(accepted.error)) {
      co_await loops[0]->sleep(sys::kAcceptRetryMs);
    } else {
      break;  // the listener is shut down: the control thread ends the process
    }
  }
  co_await std::suspend_always();  // and does so with the listener still open
}

void* run_loop(void* loop) { static_cast<Loop*>(loop)->run(); }

void serve(Server& server) {
  const Listener listener = server.listen(sys::Blocking::no);
  Loops loops;
  for (unsigned i = 0; i < server.workers(); ++i) loops.push_back(std::make_unique<Loop>());
  accept_connections(listener.fd, loops, server.mode());
  for (std::size_t i = 1; i < loops.size(); ++i) {
    pthread_t thread;
    const int error = pthread_create(&thread, nullptr, run_loop, loops[i].get());
    if (error != 0) Server::fail(std::string("cannot start a loop: ") + std::strerror(error));
  }
  server.ready(listener);
  loops[0]->run();
}

}  // namespace

const Model model = {
    .variant = "coroutine-stackless",
    .stack_bytes = 0,
    .workers = [](unsigned cpus) { return cpus; },
    .serve = serve,
    .keeps_idle_timeout = true,
};

}  // namespace iomodels
