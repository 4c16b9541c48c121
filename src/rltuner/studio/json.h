// SPDX-License-Identifier: Apache-2.0
// JSON of the studio's interface (docs/studio-api.md).
#pragma once

#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/core/error.h"

namespace rltuner::studio {

using Json = nlohmann::ordered_json;

// An Error with an HTTP status; a plain Error has status 400.
class RequestError : public Error {
 public:
  RequestError(int status, const std::string& message) : Error(message), status_(status) {}
  int status() const { return status_; }

 private:
  int status_;
};

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

// x rounded to about five digits, which is all that a page can show; the text is half as long.
double Rounded(double x);

// The text of every reply, event and file of the studio. Infinities and NaN become null, and bytes
// that are not UTF-8 become U+FFFD, so that no name can make it fail.
std::string ToText(const Json& json);

// Reads back a file of the studio. Error that names `source` unless the text is a JSON object.
Json ParseSaved(const std::string& text, std::string_view source);

// Parses a request's body, "" as {}. Error unless it is an object of modest depth.
Json ParseRequest(std::string_view body);

// The fields of one request. A getter gives nullopt if the field is missing. If the field is there
// but invalid, the getter throws an Error that names the field, the value and what was expected.
class RequestFields {
 public:
  // Error if `body` has a key that is not among `known`.
  RequestFields(Json body, const std::vector<std::string_view>& known);

  std::optional<double> Number(std::string_view name, double minimum, double maximum) const;
  std::optional<std::int64_t> Whole(std::string_view name, std::int64_t minimum,
                                    std::int64_t maximum) const;
  std::optional<bool> Flag(std::string_view name) const;
  // Text in UTF-8 (other bytes become U+FFFD) without control characters, of at most `longest`
  // characters.
  std::optional<std::string> Text(std::string_view name, std::size_t longest) const;
  // A row of events, each 0 .. classes - 1.
  std::optional<std::vector<int>> Events(std::string_view name, std::size_t longest,
                                         int classes) const;
  // Any JSON.
  const Json* Find(std::string_view name) const;

 private:
  Json body_;
};

// The value of a field that must be there; an Error names it.
template <typename T>
T Needed(const std::optional<T>& value, std::string_view name) {
  if (!value) Fail("{} is missing", name);
  return *value;
}

// The value as messages show it, cut if it is long.
std::string Shown(const Json& value);

}  // namespace rltuner::studio
