//! The Begin/End pairs.

mod global;

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use system_net_config::NetContext;
use system_net_diagnostics::shown;
use system_net_primitives::{
    AddressFamily, AsyncCallback, AsyncOrigin, AsyncResult, AsyncState, IpAddress,
};

use super::rules::Rules;
use super::{Dns, IpHostEntry};
use crate::error::SocketError;
use crate::socket::end_of;
use crate::trace::{self, Answer};
#[cfg(doc)]
use system_net_primitives::Misuse;

const ADDRESSES: &str = "Dns.BeginGetHostAddresses";
const ENTRY: &str = "Dns.BeginGetHostEntry";
const BY_NAME: &str = "Dns.BeginGetHostByName";
const RESOLVE: &str = "Dns.BeginResolve";

impl Dns {
    /// Starts [`get_host_addresses_in`](Self::get_host_addresses_in) on the background runtime; what needs no
    /// look-up ends at once, and calls back from here. `callback` is called once.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.BeginGetHostAddresses`
    #[doc(alias = "Dns.BeginGetHostAddresses")]
    pub fn begin_get_host_addresses_in(
        context: &NetContext,
        host_name_or_address: &str,
        callback: Option<AsyncCallback<Result<Vec<IpAddress>, SocketError>>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<Result<Vec<IpAddress>, SocketError>> {
        let rules = Rules::waiting(context);
        let host = host_name_or_address.to_owned();
        trace::begun(
            trace::DNS,
            "BeginGetHostAddresses",
            format_args!("{host_name_or_address}"),
            || {
                begin(
                    ADDRESSES,
                    async move { rules?.addresses(&host, AddressFamily::Unspecified).await },
                    callback,
                    state,
                )
            },
        )
    }

    /// Starts [`get_host_entry_in`](Self::get_host_entry_in) on the background runtime; what needs no
    /// look-up ends at once, and calls back from here. `callback` is called once.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.BeginGetHostEntry`
    #[doc(alias = "Dns.BeginGetHostEntry")]
    pub fn begin_get_host_entry_in(
        context: &NetContext,
        host_name_or_address: &str,
        callback: Option<AsyncCallback<Result<IpHostEntry, SocketError>>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<Result<IpHostEntry, SocketError>> {
        let rules = Rules::waiting(context);
        let host = host_name_or_address.to_owned();
        trace::begun(
            trace::DNS,
            "BeginGetHostEntry",
            format_args!("{host_name_or_address}"),
            || {
                begin(
                    ENTRY,
                    async move { rules?.entry(&host, AddressFamily::Unspecified).await },
                    callback,
                    state,
                )
            },
        )
    }

    /// Starts [`get_host_entry_by_address_in`](Self::get_host_entry_by_address_in) on the background runtime; what needs no
    /// look-up ends at once, and calls back from here. `callback` is called once.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.BeginGetHostEntry(IPAddress, AsyncCallback, Object)`
    #[doc(alias = "Dns.BeginGetHostEntry")]
    pub fn begin_get_host_entry_by_address_in(
        context: &NetContext,
        address: IpAddress,
        callback: Option<AsyncCallback<Result<IpHostEntry, SocketError>>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<Result<IpHostEntry, SocketError>> {
        let rules = Rules::waiting(context);
        trace::begun(
            trace::DNS,
            "BeginGetHostEntry",
            format_args!("{}", shown(&address)),
            || {
                begin(
                    ENTRY,
                    async move { rules?.entry_by_address(address).await },
                    callback,
                    state,
                )
            },
        )
    }

    /// Starts [`get_host_by_name_in`](Self::get_host_by_name_in) on the background runtime; what needs no
    /// look-up ends at once, and calls back from here. `callback` is called once.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.BeginGetHostByName`
    #[doc(alias = "Dns.BeginGetHostByName")]
    #[deprecated = "use `begin_get_host_entry`, which does not depend on the ipv6 switch"]
    pub fn begin_get_host_by_name_in(
        context: &NetContext,
        host_name: &str,
        callback: Option<AsyncCallback<Result<IpHostEntry, SocketError>>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<Result<IpHostEntry, SocketError>> {
        let rules = Rules::waiting(context);
        let host = host_name.to_owned();
        trace::begun(
            trace::DNS,
            "BeginGetHostByName",
            format_args!("{host_name}"),
            || {
                begin(
                    BY_NAME,
                    async move { rules?.by_name(&host).await },
                    callback,
                    state,
                )
            },
        )
    }

    /// Starts [`resolve_in`](Self::resolve_in) on the background runtime; what needs no
    /// look-up ends at once, and calls back from here. `callback` is called once.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.BeginResolve`
    #[doc(alias = "Dns.BeginResolve")]
    #[deprecated = "use `begin_get_host_entry`, which does not depend on the ipv6 switch"]
    pub fn begin_resolve_in(
        context: &NetContext,
        host_name: &str,
        callback: Option<AsyncCallback<Result<IpHostEntry, SocketError>>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<Result<IpHostEntry, SocketError>> {
        let rules = Rules::waiting(context);
        let host = host_name.to_owned();
        trace::begun(
            trace::DNS,
            "BeginResolve",
            format_args!("{host_name}"),
            || {
                begin(
                    RESOLVE,
                    async move { rules?.resolve(&host).await },
                    callback,
                    state,
                )
            },
        )
    }

    /// Waits for what [`begin_get_host_addresses`](Self::begin_get_host_addresses) started.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.EndGetHostAddresses`
    ///
    /// # Errors
    /// Of the look-up; [`Misuse::InvalidOperation`] if it was cancelled, or its result was taken
    /// before; [`Misuse::InvalidArgument`] if another member began it.
    #[doc(alias = "Dns.EndGetHostAddresses")]
    pub fn end_get_host_addresses(
        result: &AsyncResult<Result<Vec<IpAddress>, SocketError>>,
    ) -> Result<Vec<IpAddress>, SocketError> {
        end("EndGetHostAddresses", ADDRESSES, result)
    }

    /// Waits for what [`begin_get_host_entry`](Self::begin_get_host_entry) started.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.EndGetHostEntry`
    ///
    /// # Errors
    /// Of the look-up; [`Misuse::InvalidOperation`] if it was cancelled, or its result was taken
    /// before; [`Misuse::InvalidArgument`] if another member began it.
    #[doc(alias = "Dns.EndGetHostEntry")]
    pub fn end_get_host_entry(
        result: &AsyncResult<Result<IpHostEntry, SocketError>>,
    ) -> Result<IpHostEntry, SocketError> {
        end("EndGetHostEntry", ENTRY, result)
    }

    /// Waits for what [`begin_get_host_by_name`](Self::begin_get_host_by_name) started.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.EndGetHostByName`
    ///
    /// # Errors
    /// Of the look-up; [`Misuse::InvalidOperation`] if it was cancelled, or its result was taken
    /// before; [`Misuse::InvalidArgument`] if another member began it.
    #[doc(alias = "Dns.EndGetHostByName")]
    #[deprecated = "use `end_get_host_entry`, which does not depend on the ipv6 switch"]
    pub fn end_get_host_by_name(
        result: &AsyncResult<Result<IpHostEntry, SocketError>>,
    ) -> Result<IpHostEntry, SocketError> {
        end("EndGetHostByName", BY_NAME, result)
    }

    /// Waits for what [`begin_resolve`](Self::begin_resolve) started.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.EndResolve`
    ///
    /// # Errors
    /// Of the look-up; [`Misuse::InvalidOperation`] if it was cancelled, or its result was taken
    /// before; [`Misuse::InvalidArgument`] if another member began it.
    #[doc(alias = "Dns.EndResolve")]
    #[deprecated = "use `end_get_host_entry`, which does not depend on the ipv6 switch"]
    pub fn end_resolve(
        result: &AsyncResult<Result<IpHostEntry, SocketError>>,
    ) -> Result<IpHostEntry, SocketError> {
        end("EndResolve", RESOLVE, result)
    }
}

fn end<T: Answer>(
    method: &'static str,
    begin: &'static str,
    result: &AsyncResult<Result<T, SocketError>>,
) -> Result<T, SocketError> {
    trace::call(trace::DNS, method, format_args!("AsyncResult"), || {
        end_of(trace::DNS, &[begin], result)?
    })
}

/// Ends at once if the answer is there, else goes on on the background runtime.
fn begin<T: Send + 'static>(
    member: &'static str,
    future: impl Future<Output = Result<T, SocketError>> + Send + 'static,
    callback: Option<AsyncCallback<Result<T, SocketError>>>,
    state: Option<AsyncState>,
) -> AsyncResult<Result<T, SocketError>> {
    let origin = AsyncOrigin::new(member, 0);
    let mut future: Pin<Box<_>> = Box::pin(future);
    if let Ok(background) = system_net_runtime::try_background() {
        // A resolver of the program's own may need the runtime on which it will go on.
        let inside = background.enter();
        let polled = future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        drop(inside);
        if let Poll::Ready(answer) = polled {
            let (result, completer) = AsyncResult::begun_by(origin, callback, state);
            completer.complete_synchronously(answer);
            return result;
        }
    }
    system_net_runtime::begin_as(origin, future, callback, state)
}
