/// Network by LibTorch: loads, trains, and says what it runs on.
#include "model/torch_network.hpp"

#include "model/devices.hpp"
#include "model/predictor.hpp"
#include "model/trainer.hpp"
#include "model/translate.hpp"

#include "keyway/core/error.hpp"

namespace keyway::model {
namespace {

class TorchNetwork : public Network {
public:
    std::unique_ptr<Predictor> load(const std::filesystem::path& weights, const std::string& device,
                                    Precision precision) const override {
        threads_.apply();
        return translated("loading a model", [&] {
            return make_predictor(load_model(weights, parse_device(device)), precision, threads_);
        });
    }

    std::unique_ptr<Trainer> make_trainer(const ModelConfig& config, const OptimiserOptions& options,
                                          std::uint64_t seed, const std::string& device) const override {
        threads_.apply();
        return translated("building a trainer", [&] {
            return make_torch_trainer({config, options, seed, parse_device(device)}, threads_);
        });
    }

    DeviceInfo info() const override {
        return translated("asking LibTorch", [] { return device_info(); });
    }

    void set_intra_op_threads(int threads) const override {
        if (threads < 1)
            throw Error(ErrorKind::usage, "threads must be 1 or more, got " + std::to_string(threads));
        threads_.set(threads);
    }

private:
    mutable IntraOpThreads threads_;  // atomic: LibTorch's own setting is global, too
};

}  // namespace

const Network& torch_network() {
    static const TorchNetwork network;
    return network;
}

}  // namespace keyway::model
