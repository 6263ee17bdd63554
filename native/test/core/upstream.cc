// What /relay makes of the upstream's answers, however they come in pieces.
#include "core/upstream.hpp"

#include "../check.hpp"

namespace {

using namespace iomodels;
using Event = UpstreamReply::Event;

struct Outcome {
  Event event = Event::need_more;
  Answer answer;
  std::string body;
  bool keeps_open = false;
};

Outcome take(UpstreamReply& reply, std::string_view input, std::size_t piece_bytes) {
  Outcome outcome;
  reply.start();
  while (outcome.event == Event::need_more && !input.empty()) {
    outcome.event = reply.take(input.substr(0, piece_bytes));
    input.remove_prefix(std::min(piece_bytes, input.size()));
  }
  if (outcome.event != Event::complete) return outcome;
  reply.forward_to(outcome.answer);
  outcome.keeps_open = reply.keeps_open();
  if (outcome.answer.body_bytes > 0) outcome.body = body_chunk(outcome.answer, 0);
  return outcome;
}

void expect_event(const std::string& input, Event wanted) {
  UpstreamReply reply;
  for (std::size_t piece : {input.size(), std::size_t{1}, std::size_t{7}}) {
    CHECK(take(reply, input, piece).event == wanted);
  }
}

void expect_answer(const std::string& input, int status, const std::string& body) {
  UpstreamReply reply;
  for (std::size_t piece : {input.size(), std::size_t{1}, std::size_t{7}}) {
    const Outcome got = take(reply, input, piece);
    CHECK(got.event == Event::complete);
    CHECK_EQUAL(got.answer.status, status);
    CHECK(got.body == body);
  }
}

bool keeps_open(const std::string& input) {
  UpstreamReply reply;
  return take(reply, input, input.size()).keeps_open;
}

const std::string kOk = "HTTP/1.1 200 OK\r\n";

void answers_are_forwarded() {
  expect_answer(kOk + "content-LENGTH:\t2 \r\n\r\nab", 200, "ab");
  expect_answer(kOk + "Content-Length: 2\r\nContent-Length: 02\r\n\r\nab", 200, "ab");
  expect_answer("HTTP/1.0 200\r\nContent-Length: 0\r\n\r\n", 200, "");
  expect_answer("HTTP/1.1 404 Nope\r\nContent-Length: 3\r\n\r\nabc", 404, "");
  const std::string large(65536, 'x');
  expect_answer(kOk + "Content-Length: 65536\r\n\r\n" + large, 200, large);
}

void others_are_refused() {
  const std::string rest = "Content-Length: 0\r\n\r\n";
  for (const char* start : {"HTTP/1.1 503 Busy\r\n", "HTTP/1.1 2000 OK\r\n", "HTTP/1.1 20 OK\r\n",
                            "HTTP/1.2 200 OK\r\n", "HTTP/2 200\r\n", "HTTP/1.1  200 OK\r\n",
                            "HTTP/1.1 +20 OK\r\n", "SSH-2.0-OpenSSH_9.6\r\n"}) {
    expect_event(start + rest, Event::refused);
  }
  for (const char* headers :
       {"", "Content-Length: \r\n", "Content-Length: +1\r\n", "Content-Length: 1x\r\n",
        "Content-Length: 65537\r\n", "Content-Length: 99999999999999999999999\r\n",
        "Content-Length: 1\r\nContent-Length: 2\r\n",
        "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"}) {
    expect_event(kOk + headers + "\r\n", Event::refused);
  }
  expect_event(std::string(8193, 'x'), Event::refused);
}

void unfinished_ones_need_more() {
  expect_event(std::string(8192, 'x'), Event::need_more);
  expect_event(kOk + "Content-Length: 3\r\n\r\nab", Event::need_more);
  expect_event(kOk + "Content-Length: 3\r\n\r", Event::need_more);
}

void connections_are_kept() {
  CHECK(keeps_open(kOk + "Content-Length: 1\r\n\r\na"));
  CHECK(keeps_open(kOk + "Content-Length: 1\r\nConnection: closed, x\r\n\r\na"));
  CHECK(!keeps_open(kOk + "Content-Length: 1\r\nConnection: x ,\tCLOSE\r\n\r\na"));
  CHECK(!keeps_open(kOk + "Content-Length: 1\r\n\r\nab"));
  CHECK(!keeps_open("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na"));
}

}  // namespace

int main(int argc, char** argv) {
  return check::run(argc, argv,
                    {{"answers are forwarded", answers_are_forwarded},
                     {"others are refused", others_are_refused},
                     {"unfinished ones need more", unfinished_ones_need_more},
                     {"connections are kept unless the answer ends them", connections_are_kept}});
}
