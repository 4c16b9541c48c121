// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/server.h"

#include <fmt/format.h>
#include <httplib.h>

#include <array>
#include <atomic>
#include <thread>

#include "rltuner/core/markup.h"
#include "rltuner/core/parallel.h"
#include "rltuner/core/text.h"
#include "rltuner/studio/connection_threads.h"

namespace rltuner::studio {
namespace {

constexpr int kBacklog = 512;      // connections that may wait to be accepted
constexpr double kHeartbeat = 10;  // seconds

// The page may load nothing from elsewhere, but may make pictures and sounds itself.
httplib::Headers SafeHeaders() {
  return {
      {"Content-Security-Policy",
       "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; style-src-attr "
       "'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' data: blob:; worker-src "
       "'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors "
       "'none'"},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
  };
}

// Uncompressed: the library would compress a plain body for every request, at its highest level.
void SetBody(std::string body, const std::string& type, httplib::Response& response) {
  if (response.status >= 400 || body.empty()) {  // its error handler must see the body
    response.set_content(body, type);
    return;
  }
  const std::size_t size = body.size();
  response.set_content_provider(
      size, type,
      [body = std::move(body)](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
        return sink.write(body.data() + offset, length);
      });
}

// States a file's name twice: in ASCII, and as it is (RFC 6266).
std::string AsAttachment(const std::string& name) {
  std::string ascii, encoded;
  for (const char c : name) {
    const bool is_ascii = static_cast<unsigned char>(c) < 0x80;
    ascii += is_ascii ? c : '-';
    encoded += is_ascii ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return fmt::format("attachment; filename=\"{}\"; filename*=UTF-8''{}", ascii, encoded);
}

void Send(ServiceReply reply, httplib::Response& response) {
  response.status = reply.status;
  if (!reply.download.empty()) {
    response.set_header("Content-Disposition", AsAttachment(reply.download));
  }
  response.set_header("Cache-Control", "no-store");
  SetBody(std::move(reply.body), reply.type, response);
}

// An address as it stands in a URL.
std::string InUrl(const std::string& address) {
  return address.find(':') == std::string::npos ? address : "[" + address + "]";
}

// The address of this machine on the way to the rest of the network; localhost if it has no
// network.
std::string AddressForOthers() {
  const int probe = socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(9);
  inet_pton(AF_INET, "192.0.2.1", &address.sin_addr);  // for documentation, RFC 5737
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof(address);
  // A datagram socket that connects sends nothing; it only chooses the route.
  const bool found = connect(probe, generic, size) == 0 && getsockname(probe, generic, &size) == 0;
  close(probe);
  std::array<char, INET_ADDRSTRLEN> text{};
  if (found && inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size()) != nullptr) {
    return text.data();
  }
  return "localhost";
}

// An error as a page for a person who followed a link. Its style is in attributes, because a
// visitor without a token gets no style sheet.
std::string ErrorPage(int status, const std::string& message) {
  std::string title = "The page cannot be shown";
  std::string advice = "Ask the sender for the right link. The server says: " + EscapeXml(message);
  if (status == 401) {
    title = "This link is not complete";
    advice =
        "Open the link exactly as you received it, with everything that follows the question mark. "
        "Your browser must accept cookies. If the link still does not work, ask the sender for a "
        "new one.";
  } else if (status == 404) {
    title = "There is no page at this address";
    advice = "Check the address, or <a href='/'>go to the first page</a>.";
  }
  return fmt::format(
      "<!doctype html><html lang='en'><head><meta charset='utf-8'><meta name='viewport' "
      "content='width=device-width, initial-scale=1'><meta name='color-scheme' content='light "
      "dark'><title>{0}</title></head><body style='max-width: 36rem; margin: 4rem auto; padding: 0 "
      "1.25rem; font: 1rem/1.5 system-ui, sans-serif'><main><h1 style='font-size: "
      "1.6rem'>{0}</h1><p>{1}</p></main></body></html>\n",
      title, advice);
}

bool IsAnyAddress(const std::string& address) { return address == "0.0.0.0" || address == "::"; }

class HttpServer final : public Server {
 public:
  HttpServer(ServerOptions options, WebFiles files, Handler* handler)
      : options_(std::move(options)), handler_(handler) {
    if (options_.guard.token.empty() && !IsLoopback(options_.address)) {
      Fail("listening on {} needs a token: others can reach it", options_.address);
    }
    for (auto& [path, bytes] : files) files_.try_emplace(path, path, std::move(bytes));
    Bind();
    options_.guard.port = port_;
    host_ = !options_.guard.hosts.empty()    ? options_.guard.hosts.front()
            : IsAnyAddress(options_.address) ? AddressForOthers()
                                             : InUrl(options_.address);
    options_.guard.any_address = IsAnyAddress(options_.address);
    if (!IsLoopback(options_.address) && !options_.guard.any_address) {
      options_.guard.hosts.push_back(InUrl(options_.address));
    }
    guard_ = std::make_unique<Guard>(options_.guard, handler_->clock());
    Route();
    thread_ = StartThread([this] {
      server_.listen_after_bind();
      has_ended_ = true;
    });
    while (!server_.is_running() && !has_ended_) std::this_thread::yield();
    if (has_ended_) {
      thread_.join();
      Fail("{} port {}: cannot accept connections there", options_.address, port_);
    }
  }

  ~HttpServer() override {
    handler_->events().Close();
    server_.stop();
    thread_.join();
  }

  int port() const override { return port_; }

  std::string Address() const override {
    const std::string token = options_.guard.token.empty() ? "" : "?token=" + options_.guard.token;
    return "http://" + host_ + ':' + std::to_string(port_) + '/' + token;
  }

 private:
  void Bind() {
    server_.new_task_queue = [] { return new ConnectionThreads(kMostConnections); };
    server_.set_tcp_nodelay(true);
    // One request per connection, so that leftovers, such as an unexpected body, are never taken
    // for the next request.
    server_.set_keep_alive_max_count(1);
    server_.set_payload_max_length(kLargestBody);
    // The library's default would let two servers share a port.
    server_.set_socket_options([this](socket_t socket) {
      const int yes = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, reinterpret_cast<const char*>(&yes),
                 sizeof(yes));
      socket_ = socket;
    });
    if (options_.port == 0) {
      port_ = server_.bind_to_any_port(options_.address);
    } else if (server_.bind_to_port(options_.address, options_.port)) {
      port_ = options_.port;
    }
    if (port_ <= 0) {
      Fail("{} port {}: cannot listen there; is the port taken? --port 0 takes a free one",
           options_.address, options_.port);
    }
    // The library's own queue of five would turn away pages that come at the same moment.
    listen(socket_, kBacklog);
  }

  void Route() {
    server_.set_default_headers(SafeHeaders());
    server_.Get(".*", [this](const httplib::Request& request, httplib::Response& response) {
      const Denial denial = guard_->Check(request);
      if (denial.status == 0) {
        Answer(request, "", response);
      } else if (!Welcome(request, denial, response)) {
        Send(ErrorReply(denial.status, denial.message), response);
      }
    });
    const auto receive = [this](const httplib::Request& request, httplib::Response& response,
                                const httplib::ContentReader& reader) {
      Receive(request, response, reader);
    };
    server_.Post(".*", receive);
    server_.Put(".*", receive);
    server_.Patch(".*", receive);
    server_.Delete(".*", receive);
    server_.set_error_handler([](const httplib::Request& request, httplib::Response& response) {
      if (response.body.empty() && response.status == 404) {  // no route: none takes all methods
        Send(ErrorReply(405, request.method + " is not possible here"), response);
      } else if (response.body.empty()) {
        Send(ErrorReply(response.status, "the request could not be understood"), response);
      }
      const bool for_a_person =
          request.get_header_value("Accept").find("text/html") != std::string::npos;
      if (!for_a_person || request.path.starts_with("/api/")) return;
      const Json reply = Json::parse(response.body);
      response.set_content(ErrorPage(response.status, reply.at("error")),
                           "text/html; charset=utf-8");
    });
  }

  // A browser that comes with the right token in the address gets it as a cookie. It is kept for a
  // year: a participant of a study may come back later.
  bool Welcome(const httplib::Request& request, const Denial& denial,
               httplib::Response& response) const {
    if (denial.status != 401 || request.path.starts_with("/api/") ||
        !guard_->IsToken(request.get_param_value("token"))) {
      return false;
    }
    response.set_header("Set-Cookie", guard_->CookieName() + '=' + options_.guard.token +
                                          "; HttpOnly; SameSite=Lax; Path=/; Max-Age=31536000");
    response.set_redirect("/", 303);
    return true;
  }

  // Checks the headers before any memory is taken for the body.
  void Receive(const httplib::Request& request, httplib::Response& response,
               const httplib::ContentReader& reader) {
    const Denial denial = guard_->Check(request);
    // Without a length there is no body (RFC 9112, 6.3); the library would wait for one.
    const bool has_body =
        ParseNumber<std::uint64_t>(request.get_header_value("Content-Length")).has_value();
    if (denial.status != 0) {
      // Reads and discards the body: closing the connection before would lose the answer.
      if (has_body && !request.has_header("Transfer-Encoding")) Drain(request, reader);
      Send(ErrorReply(denial.status, denial.message), response);
      return;
    }
    std::string body;
    const auto append = [&](const char* data, std::size_t size) {
      body.append(data, size);
      return true;
    };
    if (has_body) reader(append);
    Answer(request, std::move(body), response);
  }

  static void Drain(const httplib::Request& request, const httplib::ContentReader& reader) {
    const auto forget = [](const char*, std::size_t) { return true; };
    if (request.is_multipart_form_data()) {
      reader([](const httplib::MultipartFormData&) { return true; }, forget);
    } else {
      reader(forget);
    }
  }

  void Answer(const httplib::Request& request, std::string body, httplib::Response& response) {
    if (request.path.starts_with("/api/") && request.path != "/api/events") {
      ServiceRequest asked{.method = request.method == "HEAD" ? "GET" : request.method,
                           .path = request.path,
                           .body = std::move(body)};
      for (const auto& [name, value] : request.params) asked.query[name] = value;
      Send(handler_->Handle(asked), response);
    } else if (request.method != "GET" && request.method != "HEAD") {
      Send(ErrorReply(405, request.method + " is not possible here"), response);
    } else if (request.path == "/api/events") {
      Stream(request, response);
    } else {
      SendFile(request, response);
    }
  }

  void SendFile(const httplib::Request& request, httplib::Response& response) const {
    const auto found = files_.find(request.path == "/" ? "/index.html" : request.path);
    if (found == files_.end()) {
      Send(ErrorReply(404, "there is nothing at this address"), response);
      return;
    }
    const ServedFile& file = found->second;
    response.set_header("Cache-Control", "no-cache");  // keep it, and ask whether it has changed
    response.set_header("ETag", file.entity_tag);
    response.set_header("Vary", "Accept-Encoding");
    if (request.get_header_value("If-None-Match").find(file.entity_tag) != std::string::npos) {
      response.status = 304;
      return;
    }
    const bool gzipped =
        !file.gzipped.empty() &&
        request.get_header_value("Accept-Encoding").find("gzip") != std::string::npos;
    if (gzipped) response.set_header("Content-Encoding", "gzip");
    SetBody(gzipped ? file.gzipped : file.bytes, file.type, response);
  }

  void Stream(const httplib::Request& request, httplib::Response& response) {
    for (const auto& [name, value] : request.params) {
      if (name == "after") continue;
      Send(ErrorReply(400, "unknown field " + Shown(name) + "; known: after"), response);
      return;
    }
    if (streams_.fetch_add(1) >= kMostStreams) {
      --streams_;
      Send(ErrorReply(503, "too many pages listen already"), response);
      return;
    }
    std::string id = request.get_header_value("Last-Event-ID");
    if (id.empty()) id = request.get_param_value("after");
    EventStream& events = handler_->events();
    response.set_header("Cache-Control", "no-store");
    response.set_chunked_content_provider(
        "text/event-stream",
        [&events, position = events.Find(id), begun = false](std::size_t,
                                                             httplib::DataSink& sink) mutable {
          // Sends the first bytes at once, so that the page knows that it is connected.
          std::string text = begun ? events.Next(&position, kHeartbeat) : ": connected\n\n";
          begun = true;
          if (events.closed()) {
            sink.done();
            return true;
          }
          if (text.empty()) text = ": nothing new\n\n";
          return sink.write(text.data(), text.size());
        },
        [this](bool) { --streams_; });
  }

  ServerOptions options_;
  std::map<std::string, ServedFile, std::less<>> files_;
  Handler* handler_;
  std::unique_ptr<Guard> guard_;
  httplib::Server server_;
  socket_t socket_ = INVALID_SOCKET;
  int port_ = 0;
  std::string host_;  // as the printed address names it
  std::atomic<int> streams_ = 0;
  std::atomic<bool> has_ended_ = false;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Server> StartServer(ServerOptions options, WebFiles files, Handler* handler) {
  return std::make_unique<HttpServer>(std::move(options), std::move(files), handler);
}

}  // namespace rltuner::studio
