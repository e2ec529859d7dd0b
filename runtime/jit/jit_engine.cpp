// SPDX-License-Identifier: Apache-2.0
// The LLVM engine: modules of some dozens of functions, linked with the kernels' bitcode, optimised lightly and added to ORC.
// One definition of every kernel: the bitcode is compiled from the same sources as the interpreter's.
#include <llvm/Bitcode/BitcodeReader.h>
#include <llvm/ExecutionEngine/Orc/Core.h>
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/ExecutionEngine/Orc/ThreadSafeModule.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Linker/Linker.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/Transforms/IPO/Internalize.h>

#include <strings.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <mutex>
#include <set>
#include <span>

#include "compiler/codegen/llvm_lowering.h"
#include "runtime/jit/jit.h"
#include "stdlib/kernels/sequence.h"
#include "stdlib/kernels/state.h"
#include "stdlib/kernels_bitcode.h"

namespace mrule::runtime {

namespace {

constexpr size_t kFunctionsPerModule = 96;

std::string Take(llvm::Error error) { return llvm::toString(std::move(error)); }

/// What machine code may call in the host: nothing else is resolved.
llvm::orc::SymbolMap HostSymbols(llvm::orc::LLJIT& jit) {
  llvm::orc::SymbolMap symbols;
  const auto add = [&](const char* name, auto* function) {
    symbols[jit.mangleAndIntern(name)] = {llvm::orc::ExecutorAddr::fromPtr(function), llvm::JITSymbolFlags::Exported};
  };
  add("mr_rt_in_ints", &mr_rt_in_ints);
  add("mr_rt_in_texts", &mr_rt_in_texts);
  add("mr_rt_has_any", &mr_rt_has_any);
  add("mr_rt_matches", &mr_rt_matches);
  add("mr_rt_constant_text", &mr_rt_constant_text);
  add("mr_rt_log_grow", &mr_rt_log_grow);
  add("mr_rt_distinct_add", &mr_rt_distinct_add);
  add("mr_rt_runs_grow", &mr_rt_runs_grow);
  add("mr_rt_scratch", &mr_rt_scratch);
  add("mr_rt_in_clock", &mr_rt_in_clock);
  add("mr_rt_today", &mr_rt_today);
  add("mr_rt_window", &mr_rt_window);
  add("memcmp", &memcmp);
  add("bcmp", &bcmp);
  add("memcpy", &memcpy);
  add("memmove", &memmove);
  add("memset", &memset);
  return symbols;
}

/// The functions that events run. Details, run only for a sink that prints decisions, are a few loads whose cost is lost in
/// printing; a plan has about one for each rule, and they would be most of what is compiled.
std::vector<ir::FunctionId> WorthCompiling(const plan::Plan& plan) {
  std::vector<bool> skipped(plan.functions.size(), false);
  for (const plan::RuleCase& one : plan.cases) {
    if (one.detail) skipped[one.detail.index()] = true;
  }
  // Equal functions are one: it may be a detail here and effects there.
  const auto keep = [&](ir::FunctionId id) {
    if (id) skipped[id.index()] = false;
  };
  for (const plan::RuleCase& one : plan.cases) keep(one.effects);
  for (const plan::Handler& handler : plan.handlers) {
    keep(handler.update);
    keep(handler.inputs);
    for (const plan::MatchRow& row : handler.rows) keep(row.residual);
  }
  for (const plan::EntityPlan& entity : plan.entities) {
    for (const plan::JudgeUnit& unit : entity.units) keep(unit.condition);
  }
  std::vector<ir::FunctionId> ids;
  for (size_t i = 0; i < skipped.size(); ++i) {
    if (!skipped[i]) ids.emplace_back(i);
  }
  return ids;
}

class OrcJit final : public Jit {
 public:
  Result<JitStats> Compile(const Program& program, OptLevel level, Code& code) override {
    const auto start = std::chrono::steady_clock::now();
    if (Result<void> made = Start(level); !made) return made.error();
    JitStats stats;
    const std::vector<ir::FunctionId> worth = WorthCompiling(program.plan());
    for (size_t from = 0; from < worth.size(); from += kFunctionsPerModule) {
      if (cancelled_.load(std::memory_order_relaxed)) return Error{"the compilation was cancelled"};
      const std::span<const ir::FunctionId> ids =
          std::span(worth).subspan(from, std::min(kFunctionsPerModule, worth.size() - from));
      auto context = std::make_unique<llvm::LLVMContext>();
      Result<std::unique_ptr<llvm::Module>> module = MakeModule(program.plan(), ids, level, *context);
      if (!module) return module.error();
      llvm::orc::ThreadSafeModule safe(std::move(module).value(), std::move(context));
      if (llvm::Error error = jit_->addIRModule(std::move(safe))) return Error{Take(std::move(error))};
      for (ir::FunctionId id : ids) {
        auto address = jit_->lookup(codegen::SymbolOf(id));
        if (!address) return Error{Take(address.takeError())};
        code.Install(id, address->toPtr<NativeFn>());
      }
      stats.functions += ids.size();
      ++stats.modules;
    }
    stats.compile_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return stats;
  }

  void Cancel() override { cancelled_.store(true, std::memory_order_relaxed); }

  Result<std::string> DumpLlvm(const Program& program, OptLevel level) override {
    if (Result<void> made = Start(level); !made) return made.error();
    std::vector<ir::FunctionId> ids;
    for (size_t i = 0; i < program.plan().functions.size(); ++i) ids.emplace_back(i);
    llvm::LLVMContext context;
    Result<std::unique_ptr<llvm::Module>> module = MakeModule(program.plan(), ids, level, context);
    if (!module) return module.error();
    std::string text;
    llvm::raw_string_ostream out(text);
    for (const llvm::Function& function : *module.value()) {
      if (!function.isDeclaration()) function.print(out);
    }
    return text;
  }

 private:
  Result<void> Start(OptLevel level) {
    static std::once_flag once;
    std::call_once(once, [] {
      llvm::InitializeNativeTarget();
      llvm::InitializeNativeTargetAsmPrinter();
    });
    auto builder = llvm::orc::JITTargetMachineBuilder::detectHost();
    if (!builder) return Error{Take(builder.takeError())};
    builder->setCodeGenOptLevel(level == OptLevel::kNone ? llvm::CodeGenOptLevel::None : llvm::CodeGenOptLevel::Default);
    // No contraction of a multiplication and an addition into one rounding: results equal the interpreter's bit for bit.
    builder->getOptions().AllowFPOpFusion = llvm::FPOpFusion::Strict;
    auto machine = builder->createTargetMachine();
    if (!machine) return Error{Take(machine.takeError())};
    machine_ = std::move(*machine);
    auto jit = llvm::orc::LLJITBuilder().setJITTargetMachineBuilder(std::move(*builder)).create();
    if (!jit) return Error{Take(jit.takeError())};
    jit_ = std::move(*jit);
    if (llvm::Error error = jit_->getMainJITDylib().define(llvm::orc::absoluteSymbols(HostSymbols(*jit_)))) {
      return Error{Take(std::move(error))};
    }
    return {};
  }

  Result<std::unique_ptr<llvm::Module>> MakeModule(const plan::Plan& plan, std::span<const ir::FunctionId> ids, OptLevel level,
                                                   llvm::LLVMContext& context) {
    std::unique_ptr<llvm::Module> module = codegen::EmitLlvm(plan, ids, context);
    module->setDataLayout(machine_->createDataLayout());
    module->setTargetTriple(machine_->getTargetTriple().str());
    if (Result<void> linked = LinkKernels(*module); !linked) return linked.error();
    std::string problem;
    llvm::raw_string_ostream out(problem);
    if (llvm::verifyModule(*module, &out)) return Error{"malformed machine code module: " + problem};
    if (level == OptLevel::kDefault) Optimise(*module);
    return module;
  }

  /// Brings in the kernels that the module calls, for this processor rather than the one they were built for.
  Result<void> LinkKernels(llvm::Module& module) {
    const llvm::StringRef bytes(reinterpret_cast<const char*>(mr_kernels_bc), mr_kernels_bc_size);
    // Lazily: only the bodies that the module needs are read.
    auto kernels = llvm::getLazyBitcodeModule(llvm::MemoryBufferRef(bytes, "kernels"), module.getContext());
    if (!kernels) return Error{"the kernels' bitcode cannot be read: " + Take(kernels.takeError())};
    (*kernels)->setDataLayout(module.getDataLayout());
    (*kernels)->setTargetTriple(module.getTargetTriple());
    std::set<std::string> ours;
    for (const llvm::Function& function : module) {
      if (!function.isDeclaration()) ours.insert(function.getName().str());
    }
    if (llvm::Linker::linkModules(module, std::move(*kernels), llvm::Linker::LinkOnlyNeeded)) {
      return Error{"the kernels' bitcode does not fit the module"};
    }
    for (llvm::Function& function : module) {
      for (const char* attribute : {"target-cpu", "target-features", "tune-cpu", "stack-protector-buffer-size"}) {
        function.removeFnAttr(attribute);
      }
    }
    llvm::internalizeModule(module, [&](const llvm::GlobalValue& value) { return ours.contains(value.getName().str()); });
    return {};
  }

  /// Kernels come optimised; what is left is to inline them and to clean up the seams. A full O2 takes twice as long for code
  /// that is no faster.
  void Optimise(llvm::Module& module) {
    llvm::PassBuilder passes(machine_.get());
    llvm::LoopAnalysisManager loops;
    llvm::FunctionAnalysisManager functions;
    llvm::CGSCCAnalysisManager graphs;
    llvm::ModuleAnalysisManager modules;
    passes.registerModuleAnalyses(modules);
    passes.registerCGSCCAnalyses(graphs);
    passes.registerFunctionAnalyses(functions);
    passes.registerLoopAnalyses(loops);
    passes.crossRegisterProxies(loops, functions, graphs, modules);
    llvm::ModulePassManager pipeline;
    llvm::Error parsed = passes.parsePassPipeline(
        pipeline, "cgscc(inline),globaldce,function(sroa,early-cse,instcombine<no-verify-fixpoint>,simplifycfg,gvn,simplifycfg)");
    MR_CHECK(!parsed, "the pipeline names passes of this LLVM");
    pipeline.run(module, modules);
  }

  std::atomic<bool> cancelled_{false};
  std::unique_ptr<llvm::TargetMachine> machine_;
  std::unique_ptr<llvm::orc::LLJIT> jit_;
};

}  // namespace

}  // namespace mrule::runtime

extern "C" __attribute__((visibility("default"))) mrule::runtime::Jit* mrule_make_jit() { return new mrule::runtime::OrcJit(); }
