"""Processes that train one network together, as `torchrun` starts them."""

import os
from dataclasses import dataclass
from typing import Any

import torch
from torch import distributed, nn


@dataclass(frozen=True, slots=True)
class Group:
    """This process among those that train together."""

    device: torch.device
    rank: int = 0
    size: int = 1

    def shared(self, network: nn.Module) -> nn.Module:
        """The network whose gradients are the mean over all processes."""
        if self.size == 1:
            return network
        if self.device.type == "cuda":
            network = nn.SyncBatchNorm.convert_sync_batchnorm(network)
            return nn.parallel.DistributedDataParallel(network, device_ids=[self.device.index])
        return nn.parallel.DistributedDataParallel(network)

    def told(self, value: Any) -> Any:
        """What the first process has, in all."""
        if self.size == 1:
            return value
        values = [value]
        distributed.broadcast_object_list(values, src=0)
        return values[0]

    def mean(self, value: torch.Tensor) -> torch.Tensor:
        """The mean over all processes."""
        if self.size > 1:
            distributed.all_reduce(value)
        return value / self.size

    def wait(self) -> None:
        """Until all are here."""
        if self.size > 1:
            distributed.barrier()

    def leave(self) -> None:
        """End what `joined` began."""
        if self.size > 1:
            distributed.destroy_process_group()


def joined(device: str) -> Group:
    """The group that `torchrun` describes in the environment; without it, this process alone.

    Args:
        device: `auto`, `cpu` or `cuda`; `auto` takes a GPU if there is one.
    """
    name = device
    if device == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        return Group(torch.device(name))
    rank, local = int(os.environ["RANK"]), int(os.environ["LOCAL_RANK"])
    distributed.init_process_group("nccl" if name == "cuda" else "gloo")
    if name == "cuda":
        torch.cuda.set_device(local)
        return Group(torch.device("cuda", local), rank, size)
    return Group(torch.device(name), rank, size)
