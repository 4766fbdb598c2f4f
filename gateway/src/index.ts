/** Public API of the gateway package. */
export { createGateway, type Gateway, type GatewayDeps } from './create-gateway';
export { gatewayVariables, loadGatewayConfig, type GatewayConfig } from './config';
