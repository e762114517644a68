// The walk of shape_fhir: one pass over the tokens of a minified resource, under the rules of a view.
//
// Shown members that stand side by side are copied as one run. A run starts at the first shown byte (`run_`) and is
// written when something hidden or rendered interrupts it, so a resource shown whole is a single copy.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shape/index.h"
#include "shape/output.h"
#include "shape/view.h"

namespace zhimi::shape {

class Walk {
 public:
  Walk(const uint8_t* text, Tokens tokens, const View::Impl& view, const Keys& keys, Output& out)
      : text_(text),
        at_(tokens.at),
        count_(tokens.count),
        view_(view),
        keys_(keys),
        out_(out),
        dialed_(keys.dialed ? *keys.dialed : 0) {}

  enum class End {
    kShown,
    kWithheld,
    kSpaced,  // white space between tokens: minify and walk again
    kBroken,
  };
  End run();
  uint32_t dialed() const { return dialed_; }

 private:
  // The token behind what was walked (0: broken or spaced), and whether anything of it is shown.
  struct Step {
    uint32_t next;
    bool shown;
  };
  struct Mark {
    size_t size;
    uint32_t run, dialed;
  };
  struct Wanted {
    std::string_view key;
    uint32_t value = 0;  // its token; 0: absent
  };
  static constexpr uint32_t kNoRun = ~uint32_t{0};
  static constexpr uint32_t kEscaped = KeyTable::kNone - 1;
  static constexpr Step kBroken{0, false};

  // walk.cc: containers and the run.
  Step object(const Row& row, uint32_t i, int depth);
  Step member(const Rule& rule, const Row& row, uint32_t i, uint32_t opening, uint32_t field, int depth);
  Rule sidecar_rule(const Row& row, uint32_t key, uint32_t colon, uint32_t& field) const;
  Step one(const Rule& rule, const Row& row, uint32_t i, int depth, bool& token_shown);
  Step array(const Rule& rule, const Row& row, uint32_t i, int depth);
  Step scalars(const Row& row, uint32_t i, uint32_t opening, uint32_t field, int depth);
  Step scalar(uint32_t i);
  Step extension(const Rule& rule, uint32_t i, int depth);
  Step identifier(const Rule& rule, const Row& row, uint32_t i, int depth, bool& token_shown);
  Step resource(const Rule& rule, uint32_t i, int depth);
  Mark mark() const { return {out_.size(), run_, dialed_}; }
  void back_to(const Mark& m) {
    out_.cut(m.size);
    run_ = m.run;
    dialed_ = m.dialed;
  }
  void keep_from(uint32_t offset) {
    if (run_ == kNoRun) run_ = offset;
  }
  void flush_until(uint32_t offset) {
    if (run_ != kNoRun) {
      out_.copy(text_ + run_, offset - run_);
      run_ = kNoRun;
    }
  }
  Step spaced() {
    spaced_ = true;
    return kBroken;
  }

  // aligned.cc: arrays of primitives with nulls, beside their `_field`.
  Step aligned(uint32_t values, uint32_t sidecars, bool write_values, int depth);
  bool elements(uint32_t i, std::vector<uint32_t>& found) const;
  bool is_shown_scalar(uint32_t i) const;
  std::string_view name_of(const Row& row, uint32_t field) const {
    return view_.layout->types[row.type].fields[field].name;
  }

  // render.cc: values in a form below clear.
  Step render(const Rule& rule, const Row& row, uint32_t i, bool& token_shown);
  bool render_text(const Rule& rule, const Row& row, std::string_view text);
  bool render_object(const Rule& rule, uint32_t i);
  bool put_human_name(Show show, uint32_t i);
  bool put_identifier(Show show, uint32_t i);
  bool put_contact_point(Show show, uint32_t i);
  bool put_address(Show show, uint32_t i);
  bool put_period(Show show, uint32_t i);
  void put_string(std::string_view text);
  void put_member(std::string_view key, std::string_view text);  // into an object begun with '{'
  const std::string* token();                                    // null: no tokens
  bool put_token();
  bool holds_string(uint32_t i) const;  // a string, or an array with one
  bool put_reference(std::string_view reference);
  bool put_resource_id(const Row& row, std::string_view id);
  bool put_dial();
  // Looks up members of the object at token i; false: broken. `first_only` stops at the first found.
  bool gather(uint32_t i, std::span<Wanted> wanted, bool first_only) const;
  uint32_t value_of(uint32_t i, std::string_view key) const {
    Wanted w[] = {{key}};
    return gather(i, w, true) ? w[0].value : 0;
  }
  std::optional<std::string> string_at(uint32_t i) const;
  uint32_t end_of(uint32_t i) const;  // behind the last byte of the scalar token i
  char first(uint32_t i) const { return static_cast<char>(text_[at_[i]]); }
  uint32_t skip_from(uint32_t i) const;

  const uint8_t* text_;
  const uint32_t* at_;
  uint32_t count_;
  const View::Impl& view_;
  const Keys& keys_;
  Output& out_;
  uint32_t run_ = kNoRun;
  uint32_t dialed_ = 0;
  bool spaced_ = false;
  bool contained_ = false;
  std::string token_;  // the patient's, made at most once
};

}  // namespace zhimi::shape
