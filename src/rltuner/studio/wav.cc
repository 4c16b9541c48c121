// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/wav.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "rltuner/core/error.h"

#if __has_include(<dlfcn.h>)
#include <dlfcn.h>
#endif

namespace rltuner {
namespace {

constexpr int kRate = 44'100;
constexpr const char* kSoundFont = "/usr/share/sounds/sf2/TimGM6mb.sf2";

// What sounds or stops at a moment, in frames.
struct Moment {
  std::int64_t frame;
  int pitch;
  int velocity;  // 0 stops
};

std::vector<Moment> MomentsOf(const SimplePiece& piece) {
  const double frames_per_tick =
      kRate * 60.0 / (piece.quarters_per_minute * piece.ticks_per_quarter);
  std::vector<Moment> moments;
  for (const SimplePiece::Note& note : piece.notes) {
    const auto frame = [&](std::int64_t tick) {
      return static_cast<std::int64_t>(static_cast<double>(tick) * frames_per_tick);
    };
    moments.push_back({frame(note.onset), note.pitch, note.velocity});
    moments.push_back({frame(note.onset + note.duration), note.pitch, 0});
  }
  // A note ends before the next one of its pitch begins.
  std::ranges::stable_sort(moments, [](const Moment& a, const Moment& b) {
    return a.frame != b.frame ? a.frame < b.frame : a.velocity == 0 && b.velocity != 0;
  });
  return moments;
}

void AppendNumber(std::string& bytes, std::uint32_t value, int size) {
  for (int i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i));
}

// RIFF WAVE with 16-bit samples of two channels in turn.
std::string WavFile(const std::vector<std::int16_t>& samples) {
  const auto data_bytes = static_cast<std::uint32_t>(2 * samples.size());
  std::string bytes = "RIFF";
  AppendNumber(bytes, 36 + data_bytes, 4);
  bytes += "WAVEfmt ";
  AppendNumber(bytes, 16, 4);
  AppendNumber(bytes, 1, 2);  // PCM
  AppendNumber(bytes, 2, 2);  // channels
  AppendNumber(bytes, kRate, 4);
  AppendNumber(bytes, kRate * 4, 4);  // bytes a second
  AppendNumber(bytes, 4, 2);          // bytes a frame
  AppendNumber(bytes, 16, 2);         // bits a sample
  bytes += "data";
  AppendNumber(bytes, data_bytes, 4);
  for (const std::int16_t sample : samples) {
    AppendNumber(bytes, std::bit_cast<std::uint16_t>(sample), 2);
  }
  return bytes;
}

}  // namespace

// The functions of FluidSynth's C interface (version 2 and later) that are needed.
struct WavRenderer::Library {
  void* handle = nullptr;
  void* (*new_settings)() = nullptr;
  void (*delete_settings)(void*) = nullptr;
  int (*set_number)(void*, const char*, double) = nullptr;
  int (*set_int)(void*, const char*, int) = nullptr;
  void* (*new_synth)(void*) = nullptr;
  void (*delete_synth)(void*) = nullptr;
  int (*load_font)(void*, const char*, int) = nullptr;
  int (*program_change)(void*, int, int) = nullptr;
  int (*note_on)(void*, int, int, int) = nullptr;
  int (*note_off)(void*, int, int) = nullptr;
  int (*write)(void*, int, void*, int, int, void*, int, int) = nullptr;

  // False if the library or one of the functions is not there. It stays loaded: the sound libraries
  // that come with it keep memory which they do not give back when they are unloaded.
  bool Open() {
#if __has_include(<dlfcn.h>)
    for (const char* name : {"libfluidsynth.so.3", "libfluidsynth.so.2", "libfluidsynth.3.dylib"}) {
      if (handle == nullptr) handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    }
    if (handle == nullptr) return false;
    const auto find = [&](const char* name, auto& function) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(handle, name));
      return function != nullptr;
    };
    return find("new_fluid_settings", new_settings) &&
           find("delete_fluid_settings", delete_settings) &&
           find("fluid_settings_setnum", set_number) && find("fluid_settings_setint", set_int) &&
           find("new_fluid_synth", new_synth) && find("delete_fluid_synth", delete_synth) &&
           find("fluid_synth_sfload", load_font) &&
           find("fluid_synth_program_change", program_change) &&
           find("fluid_synth_noteon", note_on) && find("fluid_synth_noteoff", note_off) &&
           find("fluid_synth_write_s16", write);
#else
    return false;
#endif
  }
};

WavRenderer::WavRenderer(std::string sound_font)
    : sound_font_(sound_font.empty() ? kSoundFont : std::move(sound_font)),
      library_(std::make_unique<Library>()) {
  std::error_code error;
  if (!library_->Open()) {
    problem_ = "WAV files need FluidSynth (Debian: libfluidsynth3), which is not installed";
  } else if (!std::filesystem::exists(sound_font_, error)) {
    problem_ = fmt::format(
        "WAV files need the sound font {} (Debian: timgm6mb-soundfont), which is not installed",
        sound_font_);
  }
}

WavRenderer::~WavRenderer() = default;

std::string WavRenderer::Render(const SimplePiece& piece) const {
  if (!problem_.empty()) Fail("{}", problem_);
  const Library& library = *library_;
  const std::unique_ptr<void, void (*)(void*)> settings(library.new_settings(),
                                                        library.delete_settings);
  library.set_number(settings.get(), "synth.sample-rate", kRate);
  library.set_number(settings.get(), "synth.gain", 0.8);
  library.set_int(settings.get(), "synth.chorus.active", 0);
  const std::unique_ptr<void, void (*)(void*)> synth(library.new_synth(settings.get()),
                                                     library.delete_synth);
  if (synth == nullptr || library.load_font(synth.get(), sound_font_.c_str(), 1) < 0) {
    Fail("{}: FluidSynth cannot read this sound font", sound_font_);
  }
  library.program_change(synth.get(), 0, piece.program);

  const double seconds = static_cast<double>(piece.length) * 60 /
                         (piece.quarters_per_minute * piece.ticks_per_quarter);
  const auto frames = static_cast<std::size_t>((seconds + 1) * kRate);
  std::vector<std::int16_t> samples(2 * frames);
  std::size_t rendered = 0;
  const auto render_to = [&](std::size_t frame) {
    const std::size_t end = std::min(frame, frames);
    if (end <= rendered) return;
    library.write(synth.get(), static_cast<int>(end - rendered), samples.data(),
                  static_cast<int>(2 * rendered), 2, samples.data(),
                  static_cast<int>(2 * rendered + 1), 2);
    rendered = end;
  };
  for (const Moment& moment : MomentsOf(piece)) {
    render_to(static_cast<std::size_t>(moment.frame));
    if (moment.velocity > 0) {
      library.note_on(synth.get(), 0, moment.pitch, moment.velocity);
    } else {
      library.note_off(synth.get(), 0, moment.pitch);
    }
  }
  render_to(frames);
  return WavFile(samples);
}

}  // namespace rltuner
