export { createKubelet, kubeletVersion, type Kubelet, type KubeletConfig, type KubeletDeps } from './kubelet.ts'
export { createCri, type Cri } from './cri/client.ts'
