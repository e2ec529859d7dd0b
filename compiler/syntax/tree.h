// SPDX-License-Identifier: Apache-2.0
// One file's syntax tree: nodes and tokens in flat stores. Made by syntax::Parse, which always returns a tree: a broken
// region is an Error node. All tokens are kept, comments and spaces too (the formatter needs them). The tree refers to the
// session's Interner and SourceSet, which outlive it.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "compiler/base/store.h"
#include "compiler/syntax/nodes.h"

namespace mrule::syntax {

struct Token {
  uint16_t type = 0;  ///< the lexer's token type
  bool hidden = false;  ///< a comment or white space
  uint32_t begin = 0;   ///< byte offsets in the file
  uint32_t end = 0;
};

class Tree {
 public:
  FileId file;
  NodeId root;                ///< a File node
  std::vector<Token> tokens;  ///< in order, without end of file
  Interner* interner = nullptr;
  const File* source = nullptr;  ///< the text; outlives the tree

  const Node& node(NodeId id) const { return nodes_[id]; }
  Node& node(NodeId id) { return nodes_[id]; }
  std::span<const NodeId> children(NodeId id) const {
    const Node& n = nodes_[id];
    return {child_ids_.data() + n.first_child, n.child_count};
  }
  /// The i-th child, or None if there is none in that place.
  NodeId child(NodeId id, size_t i) const {
    const Node& n = nodes_[id];
    return i < n.child_count ? child_ids_[n.first_child + i] : NodeId::None();
  }
  std::string_view text(NodeId id) const {
    const Node& n = nodes_[id];
    return n.text ? interner->Text(n.text) : std::string_view();
  }
  size_t size() const { return nodes_.size(); }
  /// Room for about this many nodes.
  void Reserve(size_t nodes) {
    nodes_.reserve(nodes);
    child_ids_.reserve(nodes);
  }

  /// Children are added before their parent; None is allowed in optional places.
  NodeId Add(Node node, std::span<const NodeId> children) {
    node.first_child = static_cast<uint32_t>(child_ids_.size());
    node.child_count = static_cast<uint32_t>(children.size());
    child_ids_.insert(child_ids_.end(), children.begin(), children.end());
    return nodes_.Add(node);
  }

 private:
  Store<NodeId, Node> nodes_;
  std::vector<NodeId> child_ids_;
};

}  // namespace mrule::syntax
